'use client';

import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { PAGE_LIMIT } from 'azuraforge-dbmodels/contract';
import type {
  ModelDetail,
  ModelListItem,
  Page,
  Prediction,
  PredictionInput,
} from 'azuraforge-dbmodels/contract';
import { useClient } from '../../client/provider.tsx';

export function useModels() {
  const { http } = useClient();
  return useInfiniteQuery({
    queryKey: ['models'],
    queryFn: ({ pageParam, signal }) =>
      http.get<Page<ModelListItem>>('/models', {
        query: { cursor: pageParam, limit: PAGE_LIMIT.default },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useModel(id: string | null) {
  const { http } = useClient();
  return useQuery({
    queryKey: ['model', id],
    queryFn: ({ signal }) => http.get<ModelDetail>(`/models/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function usePredict(modelId: string) {
  const { http } = useClient();
  return useMutation({
    mutationFn: (input: PredictionInput) =>
      http.post<Prediction>(`/models/${encodeURIComponent(modelId)}/predict`, input),
  });
}
