'use client';

import { useState } from 'react';
import { ArrowLeft, Workflow } from 'lucide-react';
import Link from 'next/link';
import { useLanguage } from '../../i18n/context.tsx';
import { PageFrame, Panel } from '../../shell/page.tsx';
import { FailedState, LoadingState, MessageState } from '../../shell/state.tsx';
import { usePipeline, usePipelines } from '../pipelines/queries.ts';
import styles from './new-experiment-page.module.css';
import { NewExperimentForm } from './new-experiment-form.tsx';
import { PipelineChoice } from './pipeline-choice.tsx';
import { useExperiment } from './queries.ts';

interface NewExperimentPageProps {
  pipelineId: string | null;
  /** An experiment whose settings are taken over. */
  fromId: string | null;
}

function Settings({ pipelineId, fromId }: { pipelineId: string; fromId: string | null }) {
  const { t } = useLanguage();
  const pipeline = usePipeline(pipelineId);
  const source = useExperiment(fromId);
  if (pipeline.isPending || (fromId && source.isPending)) return <LoadingState rows={6} />;
  // A refresh that failed must not take away what has been typed.
  if (!pipeline.data) return <FailedState error={pipeline.error} onRetry={() => void pipeline.refetch()} />;
  const copied = source.data?.pipeline_id === pipelineId ? source.data.config : null;
  return (
    <>
      {copied && <p className={styles.copied}>{t('new.copied')}</p>}
      <NewExperimentForm key={pipelineId} pipeline={pipeline.data} copied={copied} />
    </>
  );
}

export function NewExperimentPage({ pipelineId, fromId }: NewExperimentPageProps) {
  const { t } = useLanguage();
  const pipelines = usePipelines();
  const [chosen, setChosen] = useState(pipelineId);
  const ready = pipelines.data?.filter((pipeline) => pipeline.status === 'ready') ?? [];
  const only = chosen === null && ready.length === 1 ? ready[0]?.id : null;
  const offered = ready.find((pipeline) => pipeline.id === chosen)?.id ?? only ?? null;
  // Stays when a worker restarts and the list is empty for a moment: what has been typed is in its form.
  const [active, setActive] = useState(offered);
  if (offered !== null && offered !== active) setActive(offered);

  return (
    <PageFrame
      title={t('new.title')}
      documentTitle={t('new.title')}
      lead={t('new.lead')}
      above={
        <Link href="/experiments" className={styles.back}>
          <ArrowLeft size={14} aria-hidden="true" /> {t('nav.back')}
        </Link>
      }
    >
      <div className={styles.page}>
        <Panel title={t('new.choose')}>
          {pipelines.isPending && <LoadingState rows={2} />}
          {pipelines.isError && !pipelines.data && (
            <FailedState error={pipelines.error} onRetry={() => void pipelines.refetch()} />
          )}
          {pipelines.data?.length === 0 && (
            <MessageState icon={<Workflow size={22} />} title={t('new.noPipelinesTitle')}>
              <p>{t('new.noPipelinesText')}</p>
            </MessageState>
          )}
          {pipelines.data && pipelines.data.length > 0 && (
            <PipelineChoice pipelines={pipelines.data} chosen={active} onChoose={setChosen} />
          )}
        </Panel>
        {active && (
          <Panel title={t('new.settings')}>
            <Settings pipelineId={active} fromId={fromId} />
          </Panel>
        )}
        {!active && ready.length > 0 && <p className={styles.chooseFirst}>{t('new.chooseFirst')}</p>}
      </div>
    </PageFrame>
  );
}
