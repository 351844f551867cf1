'use client';

import { Segmented } from 'antd';
import { memo, useCallback, useMemo, useState } from 'react';
import { Chart } from '../../charts/chart.tsx';
import type { Marker, Series } from '../../charts/series.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import { metricTitle } from './metric-title.ts';
import styles from './panels.module.css';
import type { RunState } from './run-state.ts';

type Scale = 'linear' | 'logarithmic';

/** Loss by epoch for training and validation, with the epoch marked whose weights are kept. */
export const LossPanel = memo(function LossPanel({ epochs, best }: Pick<RunState, 'epochs' | 'best'>) {
  const { t, formats } = useLanguage();
  const [scale, setScale] = useState<Scale>('linear');
  const validated = epochs.some((epoch) => epoch.validation_loss !== null);

  const labels = useMemo(() => epochs.map((point) => String(point.epoch)), [epochs]);
  const series = useMemo<Series[]>(
    () => [
      {
        key: 'train',
        name: t('chart.train'),
        role: 'train',
        values: epochs.map((point) => point.train_loss),
      },
      ...(validated
        ? [
            {
              key: 'validation',
              name: t('chart.validation'),
              role: 'validation' as const,
              values: epochs.map((point) => point.validation_loss),
            },
          ]
        : []),
    ],
    [epochs, validated, t],
  );
  const markers = useMemo<Marker[]>(() => {
    const index = best ? epochs.findIndex((point) => point.epoch === best.epoch) : -1;
    // With a single epoch there is nothing yet that it could be best of.
    if (!best || index < 0 || epochs.length < 2) return [];
    return [{ index, text: t('chart.best', { epoch: best.epoch }), kind: 'point' }];
  }, [epochs, best, t]);
  const labelText = useCallback((label: string) => t('chart.epochNumber', { epoch: label }), [t]);

  const last = epochs.at(-1);
  return (
    <Panel
      title={t('chart.loss')}
      aside={
        epochs.length > 1 && (
          <Segmented<Scale>
            size="small"
            aria-label={t('chart.scale')}
            value={scale}
            onChange={setScale}
            options={[
              { value: 'linear', label: t('chart.linear') },
              { value: 'logarithmic', label: t('chart.log') },
            ]}
          />
        )
      }
    >
      {last ? (
        <>
          <Chart
            title={t('chart.loss')}
            testId="loss-chart"
            labels={labels}
            series={series}
            markers={markers}
            scale={scale}
            labelText={labelText}
          />
          <dl className={styles.figures}>
            <div>
              <dt>{t('run.lastLoss')}</dt>
              <dd>{formats.value(last.train_loss)}</dd>
            </div>
            {best?.validation_loss !== null && best !== null && (
              <>
                <div>
                  <dt>{t('run.bestLoss')}</dt>
                  <dd>{formats.value(best.validation_loss)}</dd>
                </div>
                <div>
                  <dt>{t('run.bestEpoch')}</dt>
                  <dd>{formats.integer(best.epoch)}</dd>
                </div>
              </>
            )}
            {Object.entries(last.metrics).map(([name, value]) => (
              <div key={name}>
                <dt>{metricTitle(name, t)}</dt>
                <dd>{formats.value(value)}</dd>
              </div>
            ))}
            <div>
              <dt>{t('run.learningRate')}</dt>
              <dd>{formats.value(last.learning_rate)}</dd>
            </div>
            {last.gradient_norm !== undefined && (
              <div>
                <dt>{t('run.gradientNorm')}</dt>
                <dd>{formats.value(last.gradient_norm)}</dd>
              </div>
            )}
            <div>
              <dt>{t('run.epochSeconds')}</dt>
              <dd>{formats.duration(last.seconds)}</dd>
            </div>
          </dl>
        </>
      ) : (
        <p className={styles.empty}>{t('chart.lossEmpty')}</p>
      )}
    </Panel>
  );
});
