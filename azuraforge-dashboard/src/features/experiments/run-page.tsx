'use client';

import { ArrowLeft } from 'lucide-react';
import Link from 'next/link';
import { useLanguage } from '../../i18n/context.tsx';
import { DocumentTitle } from '../../shell/document-title.tsx';
import { FailedState, LoadingState } from '../../shell/state.tsx';
import styles from './run-page.module.css';
import { useExperiment } from './queries.ts';
import { RunView } from './run-view.tsx';

export function RunPage({ id, tab }: { id: string; tab: string | null }) {
  const { t } = useLanguage();
  const experiment = useExperiment(id);
  return (
    <>
      <DocumentTitle title={experiment.data?.name ?? t('experiments.columnName')} />
      <Link href="/experiments" className={styles.back}>
        <ArrowLeft size={14} aria-hidden="true" /> {t('nav.back')}
      </Link>
      {experiment.isPending && <LoadingState rows={8} />}
      {experiment.isError && !experiment.data && (
        <FailedState error={experiment.error} onRetry={() => void experiment.refetch()} />
      )}
      {experiment.data && <RunView key={id} experiment={experiment.data} tab={tab} />}
    </>
  );
}
