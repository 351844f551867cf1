'use client';

import { useQuery } from '@tanstack/react-query';
import type { Items, PipelineDetail, PipelineListItem } from 'azuraforge-dbmodels/contract';
import { useClient } from '../../client/provider.tsx';

/** Workers come and go; what they offer is asked again while somebody looks at it. */
const CATALOG_REFRESH_MS = 15_000;

export function usePipelines() {
  const { http } = useClient();
  return useQuery({
    queryKey: ['pipelines'],
    queryFn: async ({ signal }) => {
      const { items } = await http.get<Items<PipelineListItem>>('/pipelines', { signal });
      return items.toSorted((a, b) => Number(a.status === 'broken') - Number(b.status === 'broken'));
    },
    refetchInterval: CATALOG_REFRESH_MS,
  });
}

export function usePipeline(id: string | null) {
  const { http } = useClient();
  return useQuery({
    queryKey: ['pipeline', id],
    queryFn: ({ signal }) =>
      http.get<PipelineDetail>(`/pipelines/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== null,
    staleTime: 60_000,
  });
}
