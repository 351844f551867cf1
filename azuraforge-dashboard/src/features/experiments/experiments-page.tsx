'use client';

import { Button, Select } from 'antd';
import { FlaskConical, Plus } from 'lucide-react';
import { useState } from 'react';
import { EXPERIMENT_STATUSES } from 'azuraforge-dbmodels/contract';
import type { ExperimentStatus } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { LinkButton } from '../../shell/link-button.tsx';
import { PageFrame, Panel } from '../../shell/page.tsx';
import { FailedState, LoadingState, MessageState } from '../../shell/state.tsx';
import { usePipelines } from '../pipelines/queries.ts';
import { ExperimentRow } from './experiment-row.tsx';
import styles from './experiments-page.module.css';
import tableStyles from './experiment-table.module.css';
import { useExperiments } from './queries.ts';
import type { ExperimentFilter } from './queries.ts';

interface ExperimentsPageProps {
  status: string | null;
  pipelineId: string | null;
}

const COLUMNS = ['Name', 'Status', 'Result', 'Device', 'Duration', 'Created'] as const;

/** Keeps the filter in the address, so that going back or sharing the link shows the same list. */
function remember(filter: ExperimentFilter): void {
  const query = new URLSearchParams();
  if (filter.status) query.set('status', filter.status);
  if (filter.pipelineId) query.set('pipeline', filter.pipelineId);
  window.history.replaceState(null, '', query.size > 0 ? `?${query}` : window.location.pathname);
}

function Filters({
  filter,
  names,
  onChange,
}: {
  filter: ExperimentFilter;
  names: ReadonlyMap<string, string>;
  onChange: (filter: ExperimentFilter) => void;
}) {
  const { t } = useLanguage();
  return (
    <div className={styles.filters}>
      <Select<ExperimentStatus | ''>
        aria-label={t('experiments.filterStatus')}
        data-testid="filter-status"
        value={filter.status ?? ''}
        onChange={(status) => onChange({ ...filter, status: status || null })}
        options={[
          { value: '', label: t('experiments.allStatuses') },
          ...EXPERIMENT_STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) })),
        ]}
      />
      <Select<string>
        aria-label={t('experiments.filterPipeline')}
        data-testid="filter-pipeline"
        value={filter.pipelineId ?? ''}
        onChange={(id) => onChange({ ...filter, pipelineId: id || null })}
        options={[
          { value: '', label: t('experiments.allPipelines') },
          ...[...names].map(([value, label]) => ({ value, label })),
        ]}
      />
    </div>
  );
}

export function ExperimentsPage({ status, pipelineId }: ExperimentsPageProps) {
  const { t } = useLanguage();
  const [filter, setFilter] = useState<ExperimentFilter>({
    status: EXPERIMENT_STATUSES.find((known) => known === status) ?? null,
    pipelineId,
  });
  const experiments = useExperiments(filter);
  const pipelines = usePipelines();
  const names = new Map(
    pipelines.data
      ?.filter((pipeline) => pipeline.status === 'ready')
      .map((pipeline) => [pipeline.id, pipeline.plugin.display_name]),
  );
  const items = experiments.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = filter.status !== null || filter.pipelineId !== null;
  const empty = experiments.isSuccess && items.length === 0;

  function change(next: ExperimentFilter): void {
    setFilter(next);
    remember(next);
  }

  return (
    <PageFrame
      title={t('experiments.title')}
      documentTitle={t('experiments.title')}
      actions={
        <LinkButton href="/experiments/new" look="primary" icon={<Plus size={17} />} testId="new-experiment">
          {t('nav.newExperiment')}
        </LinkButton>
      }
    >
      {(filtered || !empty) && <Filters filter={filter} names={names} onChange={change} />}
      <Panel flush testId="experiments">
        {experiments.isPending && <LoadingState rows={6} />}
        {experiments.isError && items.length === 0 && (
          <FailedState error={experiments.error} onRetry={() => void experiments.refetch()} />
        )}
        {empty && !filtered && (
          <MessageState
            icon={<FlaskConical size={22} />}
            title={t('experiments.emptyTitle')}
            testId="experiments-empty"
            action={
              <LinkButton href="/experiments/new" look="primary">
                {t('experiments.emptyAction')}
              </LinkButton>
            }
          >
            <p>{t('experiments.emptyText')}</p>
          </MessageState>
        )}
        {empty && filtered && (
          <MessageState
            icon={<FlaskConical size={22} />}
            title={t('experiments.noneMatch')}
            action={
              <Button onClick={() => change({ status: null, pipelineId: null })}>
                {t('experiments.clearFilters')}
              </Button>
            }
          />
        )}
        {items.length > 0 && (
          <>
            <table className={tableStyles.table}>
              <thead>
                <tr>
                  {COLUMNS.map((column) => (
                    <th key={column} scope="col">
                      {t(`experiments.column${column}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <ExperimentRow
                    key={item.id}
                    item={item}
                    pipelineName={names.get(item.pipeline_id) ?? item.pipeline_id}
                  />
                ))}
              </tbody>
            </table>
            <div className={tableStyles.foot}>
              <span>{t('experiments.shown', { count: items.length })}</span>
              {experiments.hasNextPage && (
                <Button
                  data-testid="load-more"
                  loading={experiments.isFetchingNextPage}
                  onClick={() => void experiments.fetchNextPage()}
                >
                  {t('action.loadMore')}
                </Button>
              )}
            </div>
          </>
        )}
      </Panel>
    </PageFrame>
  );
}
