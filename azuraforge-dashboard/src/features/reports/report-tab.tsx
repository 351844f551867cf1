'use client';

import { Button } from 'antd';
import { Download, FileChartColumn } from 'lucide-react';
import { isTerminal } from 'azuraforge-dbmodels/contract';
import type { ExperimentDetail } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { saveFile } from '../../shell/save-file.ts';
import { FailedState, LoadingState, MessageState } from '../../shell/state.tsx';
import { useReport } from '../experiments/queries.ts';
import { ReportHeadline } from './report-headline.tsx';
import styles from './report.module.css';
import { ReportSectionView } from './report-section.tsx';

/** What a run found, beside its baselines. */
export function ReportTab({ experiment }: { experiment: ExperimentDetail }) {
  const { t } = useLanguage();
  const report = useReport(experiment);

  if (experiment.status !== 'SUCCESS') {
    const over = isTerminal(experiment.status);
    return (
      <MessageState
        icon={<FileChartColumn size={22} />}
        title={over ? t('report.noneTitle') : t('report.notYetTitle')}
      >
        <p>{over ? t('report.noneText') : t('report.notYetText')}</p>
      </MessageState>
    );
  }
  if (report.isPending) return <LoadingState rows={8} />;
  if (report.isError) return <FailedState error={report.error} onRetry={() => void report.refetch()} />;
  return (
    <article className={styles.report} data-testid="report" data-sections={report.data.sections.length}>
      <ReportHeadline report={report.data} />
      {report.data.sections.map((section) => (
        <ReportSectionView key={section.id} section={section} />
      ))}
      <div>
        <Button
          icon={<Download size={16} aria-hidden="true" />}
          onClick={() =>
            saveFile(`report-${experiment.id}.json`, 'application/json', JSON.stringify(report.data, null, 2))
          }
        >
          {t('report.download')}
        </Button>
      </div>
    </article>
  );
}
