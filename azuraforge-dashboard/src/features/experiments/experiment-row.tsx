'use client';

import Link from 'next/link';
import { memo } from 'react';
import type { ExperimentListItem, ExperimentProgress } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useNow } from '../../shell/now.ts';
import { Comparison } from './comparison.tsx';
import styles from './experiment-table.module.css';
import { useLiveProgress } from './live-progress.ts';
import { ProgressBar } from './progress-bar.tsx';
import { isLive } from './queries.ts';
import { StatusBadge } from './status-badge.tsx';

interface RowProps {
  item: ExperimentListItem;
  pipelineName: string;
}

function Progress({ item, progress }: { item: ExperimentListItem; progress: ExperimentProgress | null }) {
  const { t, formats } = useLanguage();
  if (item.status === 'PENDING') return <span className={styles.faint}>{t('experiments.queued')}</span>;
  return (
    <div className={styles.progress}>
      <ProgressBar
        fraction={progress?.fraction ?? null}
        label={`${t('run.progress')}: ${item.name}`}
        testId="row-progress"
      />
      {progress && (
        <span className={styles.faint}>
          {t('experiments.epochOf', { epoch: progress.epoch, epochs: progress.epochs })} ·{' '}
          {formats.percent(progress.fraction)}
        </span>
      )}
    </div>
  );
}

function Cells({ item, pipelineName, progress }: RowProps & { progress: ExperimentProgress | null }) {
  const { t, formats } = useLanguage();
  const live = isLive(item);
  const now = useNow(item.status === 'STARTED');
  const end = item.finished_at ? Date.parse(item.finished_at) : live ? now : null;
  const seconds = item.started_at && end !== null ? (end - Date.parse(item.started_at)) / 1000 : null;
  return (
    <tr
      className={styles.row}
      data-testid="experiment-row"
      data-experiment={item.id}
      data-status={item.status}
    >
      <th scope="row" className={styles.name}>
        <Link href={`/experiments/${item.id}`} className={styles.link}>
          {item.name}
        </Link>
        <span className={styles.faint}>{pipelineName === item.name ? item.pipeline_id : pipelineName}</span>
      </th>
      <td className={styles.status}>
        <StatusBadge status={item.status} cancelRequested={item.cancel_requested} />
      </td>
      <td className={styles.result} data-label={live ? t('run.progress') : t('experiments.columnResult')}>
        {live && <Progress item={item} progress={progress} />}
        {item.summary && <Comparison summary={item.summary} />}
        {item.error && <span className={styles.error}>{t(`runError.${item.error.code}`)}</span>}
      </td>
      <td data-label={t('experiments.columnDevice')} data-empty={!item.device}>
        {item.device}
      </td>
      <td data-label={t('experiments.columnDuration')} data-empty={seconds === null}>
        {seconds !== null && formats.duration(Math.max(0, live ? Math.floor(seconds) : seconds))}
      </td>
      <td data-label={t('experiments.columnCreated')}>
        <div>
          {item.created_by}
          <time className={styles.when} dateTime={item.created_at} title={formats.dateTime(item.created_at)}>
            {formats.relative(item.created_at, now)}
          </time>
        </div>
      </td>
    </tr>
  );
}

function LiveRow(props: RowProps) {
  return <Cells {...props} progress={useLiveProgress(props.item)} />;
}

/** One experiment of the list; one that is under way follows its run. */
export const ExperimentRow = memo(function ExperimentRow(props: RowProps) {
  return isLive(props.item) ? <LiveRow {...props} /> : <Cells {...props} progress={null} />;
});
