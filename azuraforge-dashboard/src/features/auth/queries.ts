'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import type { CurrentUser, TokenAnswer, TokenRequest } from 'azuraforge-dbmodels/contract';
import { useClient, useToken } from '../../client/provider.tsx';

export function useCurrentUser() {
  const { http } = useClient();
  const token = useToken();
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => http.get<CurrentUser>('/auth/me', { signal }),
    enabled: Boolean(token),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useSignIn() {
  const { http, session } = useClient();
  return useMutation({
    mutationFn: (credentials: TokenRequest) => http.post<TokenAnswer>('/auth/token', credentials),
    onSuccess: (answer) => session.start(answer.access_token),
  });
}
