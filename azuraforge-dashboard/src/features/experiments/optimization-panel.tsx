'use client';

import { memo, useCallback, useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import { optimizationLines } from './optimization-lines.ts';
import styles from './panels.module.css';
import type { RunState } from './run-state.ts';

/** How training went on: learning rate and gradient norm by epoch. Nothing where there is nothing to see. */
export const OptimizationPanel = memo(function OptimizationPanel({ epochs }: Pick<RunState, 'epochs'>) {
  const { t } = useLanguage();
  const lines = useMemo(
    () =>
      optimizationLines(epochs, {
        learningRate: t('run.learningRate'),
        gradientNorm: t('run.gradientNorm'),
      }),
    [epochs, t],
  );
  const labels = useMemo(() => epochs.map((point) => String(point.epoch)), [epochs]);
  const labelText = useCallback((label: string) => t('chart.epochNumber', { epoch: label }), [t]);
  if (lines.length === 0) return null;
  return (
    <Panel title={t('chart.optimization')} description={t('chart.optimizationHelp')}>
      <div className={styles.pair}>
        {lines.map((line) => (
          <Chart
            key={line.key}
            title={line.name}
            testId={`${line.key}-chart`}
            labels={labels}
            series={[line]}
            height="small"
            labelText={labelText}
          />
        ))}
      </div>
    </Panel>
  );
});
