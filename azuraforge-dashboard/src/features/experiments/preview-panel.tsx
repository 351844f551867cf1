'use client';

import { memo, useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import type { Series } from '../../charts/series.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import type { RunState } from './run-state.ts';

interface PreviewPanelProps {
  preview: NonNullable<RunState['preview']>;
}

/** What the model predicts for a part of the validation data, beside what happened. */
export const PreviewPanel = memo(function PreviewPanel({ preview }: PreviewPanelProps) {
  const { t } = useLanguage();
  const series = useMemo<Series[]>(
    () => [
      { key: 'actual', name: t('chart.actual'), role: 'actual', values: preview.actual },
      { key: 'predicted', name: t('chart.predicted'), role: 'model', values: preview.predicted },
    ],
    [preview, t],
  );
  return (
    <Panel title={t('chart.preview')} description={t('chart.previewHelp', { epoch: preview.epoch })}>
      <Chart
        title={t('chart.preview')}
        testId="prediction-chart"
        labels={preview.labels}
        series={series}
        yTitle={preview.target}
        unit={preview.unit}
      />
    </Panel>
  );
});
