'use client';

import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { isTerminal, PAGE_LIMIT } from 'azuraforge-dbmodels/contract';
import type {
  CreateExperimentAnswer,
  CreateExperimentRequest,
  ExperimentDetail,
  ExperimentListItem,
  ExperimentStatus,
  Page,
  Report,
} from 'azuraforge-dbmodels/contract';
import type { HttpClient } from '../../client/http.ts';
import { useClient } from '../../client/provider.tsx';

export interface ExperimentFilter {
  status: ExperimentStatus | null;
  pipelineId: string | null;
}

const EXPERIMENTS = 'experiments';
const experimentKey = (id: string) => ['experiment', id] as const;

/** Other people's runs appear in the list without a reload; progress of running ones comes by socket. */
const LIST_REFRESH_MS = 20_000;
const LIVE_REFRESH_MS = 10_000;

export function useExperiments(filter: ExperimentFilter) {
  const { http } = useClient();
  return useInfiniteQuery({
    queryKey: [EXPERIMENTS, filter],
    queryFn: ({ pageParam, signal }) =>
      http.get<Page<ExperimentListItem>>('/experiments', {
        query: {
          cursor: pageParam,
          limit: PAGE_LIMIT.default,
          status: filter.status,
          pipeline_id: filter.pipelineId,
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: LIST_REFRESH_MS,
  });
}

function experimentQuery(http: HttpClient, id: string) {
  return queryOptions({
    queryKey: experimentKey(id),
    queryFn: ({ signal }) => http.get<ExperimentDetail>(`/experiments/${encodeURIComponent(id)}`, { signal }),
  });
}

export function useExperiment(id: string | null) {
  const { http } = useClient();
  return useQuery({
    ...experimentQuery(http, id ?? ''),
    enabled: id !== null,
    // Events say at once when a run changes; this is for a reader whose socket is cut off.
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? LIVE_REFRESH_MS : false),
  });
}

/** The detail of a run in a list, read once: the list itself is read again from time to time. */
export function useExperimentOnce(id: string) {
  const { http } = useClient();
  return useQuery({ ...experimentQuery(http, id), staleTime: Number.POSITIVE_INFINITY });
}

export function useReport(experiment: ExperimentDetail) {
  const { http } = useClient();
  return useQuery({
    queryKey: ['report', experiment.id],
    queryFn: ({ signal }) =>
      http.get<Report>(`/experiments/${encodeURIComponent(experiment.id)}/report`, { signal }),
    enabled: experiment.status === 'SUCCESS',
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useCreateExperiment() {
  const { http } = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (request: CreateExperimentRequest) =>
      http.post<CreateExperimentAnswer>('/experiments', request),
    onSuccess: () => queries.invalidateQueries({ queryKey: [EXPERIMENTS] }),
  });
}

export function useCancelExperiment(id: string) {
  const { http } = useClient();
  const refresh = useRefreshExperiment();
  return useMutation({
    mutationFn: () => http.post(`/experiments/${encodeURIComponent(id)}/cancel`),
    // The run may have ended a moment before; either way what is shown has to be read again.
    onSettled: () => refresh(id),
  });
}

/** Reads an experiment and the lists again, after an event has changed its status. */
export function useRefreshExperiment(): (id: string) => Promise<void> {
  const queries = useQueryClient();
  return async (id) => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: experimentKey(id) }),
      queries.invalidateQueries({ queryKey: [EXPERIMENTS] }),
      queries.invalidateQueries({ queryKey: ['models'] }),
    ]);
  };
}

export function isLive(experiment: ExperimentListItem): boolean {
  return !isTerminal(experiment.status);
}
