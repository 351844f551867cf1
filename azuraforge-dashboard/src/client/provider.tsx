'use client';

import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ApiError } from './error.ts';
import { createHttpClient } from './http.ts';
import type { HttpClient } from './http.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import { createTaskSocket } from './socket.ts';
import type { TaskSocket } from './socket.ts';

interface Client {
  apiUrl: string;
  http: HttpClient;
  session: Session;
  socket: TaskSocket;
}

const ClientContext = createContext<Client | null>(null);

function createClient(apiUrl: string): Client {
  const session = createSession();
  const shared = { apiUrl, token: session.token, onSignInNeeded: () => session.end('expired') };
  return { apiUrl, session, http: createHttpClient(shared), socket: createTaskSocket(shared) };
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5000,
        // What the server has decided does not change by asking again; a lost connection may come back.
        retry: (failures, error) =>
          failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
        retryDelay: (attempt) => 400 * 2 ** attempt,
      },
      mutations: { retry: false },
    },
  });
}

/** The connection of this tab to the API whose address the server has named for this request. */
export function ClientProvider({ apiUrl, children }: { apiUrl: string; children: ReactNode }) {
  const [client] = useState(() => createClient(apiUrl));
  const [queryClient] = useState(createQueryClient);

  useEffect(
    () =>
      client.session.subscribe(() => {
        if (client.session.token() !== null) return;
        // The next reader of this tab must not see what the last one has loaded.
        client.socket.close();
        queryClient.clear();
      }),
    [client, queryClient],
  );

  return (
    <ClientContext value={client}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </ClientContext>
  );
}

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error('useClient needs a ClientProvider above it.');
  return client;
}

const unknownOnServer = (): undefined => undefined;

/** The access token; null when signed out, undefined while the page has not reached the browser. */
export function useToken(): string | null | undefined {
  const { session } = useClient();
  return useSyncExternalStore<string | null | undefined>(session.subscribe, session.token, unknownOnServer);
}
