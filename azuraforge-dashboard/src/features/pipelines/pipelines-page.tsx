'use client';

import { Workflow } from 'lucide-react';
import type { PipelineListItem } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { LinkButton } from '../../shell/link-button.tsx';
import { PageFrame, Panel } from '../../shell/page.tsx';
import { FailedState, LoadingState, MessageState } from '../../shell/state.tsx';
import { PipelineIcon } from './pipeline-icon.tsx';
import styles from './pipelines-page.module.css';
import { usePipelines } from './queries.ts';

function PipelineCard({ pipeline }: { pipeline: PipelineListItem }) {
  const { t } = useLanguage();
  const { plugin, problem } = pipeline;
  return (
    <li
      className={styles.card}
      data-testid="pipeline"
      data-pipeline={pipeline.id}
      data-status={pipeline.status}
    >
      <PipelineIcon svg={pipeline.icon} size={44} />
      <div className={styles.body}>
        <h2>{plugin.display_name}</h2>
        <p className={styles.meta}>
          <code>{pipeline.id}</code> · {plugin.name} · {t('pipelines.version', { version: plugin.version })} ·{' '}
          {t('new.workers', { count: pipeline.workers })}
        </p>
        <p className={styles.description}>{plugin.description}</p>
        {problem && (
          <div className={styles.problem}>
            <strong>{t('pipelines.brokenTitle')}</strong> {t(`problem.${problem.code}`)}
            <pre>{problem.message}</pre>
          </div>
        )}
      </div>
      {pipeline.status === 'ready' && (
        <LinkButton href={`/experiments/new?pipeline=${encodeURIComponent(pipeline.id)}`}>
          {t('pipelines.train')}
        </LinkButton>
      )}
    </li>
  );
}

export function PipelinesPage() {
  const { t } = useLanguage();
  const pipelines = usePipelines();
  return (
    <PageFrame title={t('pipelines.title')} documentTitle={t('pipelines.title')} lead={t('pipelines.lead')}>
      <Panel flush>
        {pipelines.isPending && <LoadingState />}
        {pipelines.isError && !pipelines.data && (
          <FailedState error={pipelines.error} onRetry={() => void pipelines.refetch()} />
        )}
        {pipelines.data?.length === 0 && (
          <MessageState icon={<Workflow size={22} />} title={t('new.noPipelinesTitle')}>
            <p>{t('new.noPipelinesText')}</p>
          </MessageState>
        )}
        {pipelines.data && pipelines.data.length > 0 && (
          <ul className={styles.list}>
            {pipelines.data.map((pipeline) => (
              <PipelineCard key={pipeline.id} pipeline={pipeline} />
            ))}
          </ul>
        )}
      </Panel>
    </PageFrame>
  );
}
