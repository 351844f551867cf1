'use client';

import { Button } from 'antd';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
import type { Forecast } from 'azuraforge-dbmodels/contract';
import { Chart } from '../../charts/chart.tsx';
import type { Marker } from '../../charts/series.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import { saveFile } from '../../shell/save-file.ts';
import styles from './forecast.module.css';
import { forecastSeries } from './forecast-series.ts';
import { toCsv } from './rows.ts';

interface ForecastAnswerProps {
  prediction: Forecast;
  /** What is forecast, in the reader's language. */
  target: string;
  /** Name of the model, for the file. */
  name: string;
}

/** A forecast as a picture and as a table, with the naive one never left out. */
export function ForecastAnswer({ prediction, target, name }: ForecastAnswerProps) {
  const { t, formats } = useLanguage();
  const { labels, series } = useMemo(
    () =>
      forecastSeries(prediction, {
        history: t('chart.history'),
        forecast: t('chart.forecast'),
        naive: t('chart.naive'),
      }),
    [prediction, t],
  );
  const markers = useMemo<Marker[]>(
    () =>
      prediction.history.length > 0
        ? [{ index: prediction.history.length - 1, text: t('chart.forecastStart'), kind: 'region' }]
        : [],
    [prediction, t],
  );
  const write = formats.aligned(prediction.steps.flatMap((step) => [step.value, step.naive]));
  const unit = prediction.unit ? ` (${prediction.unit})` : '';

  function download(): void {
    const rows = prediction.steps.map(({ label, value, naive }) => ({ step: label, forecast: value, naive }));
    saveFile(`forecast-${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.csv`, 'text/csv', toCsv(rows));
  }

  return (
    <Panel
      testId="forecast-answer"
      title={t('forecast.answer', { count: prediction.steps.length, target })}
      aside={
        <Button icon={<Download size={16} aria-hidden="true" />} onClick={download}>
          {t('forecast.download')}
        </Button>
      }
    >
      <div className={styles.answer}>
        <Chart
          title={t('forecast.title')}
          testId="forecast-chart"
          labels={labels}
          series={series}
          markers={markers}
          yTitle={target}
          unit={prediction.unit}
        />
        <div className={styles.scroll}>
          <table className={styles.table} data-testid="forecast-table">
            <thead>
              <tr>
                <th scope="col">{t('forecast.columnStep')}</th>
                <th scope="col">{t('forecast.columnForecast') + unit}</th>
                <th scope="col">{t('forecast.columnNaive') + unit}</th>
              </tr>
            </thead>
            <tbody>
              {prediction.steps.map((step) => (
                <tr key={step.label}>
                  <th scope="row">{formats.label(step.label)}</th>
                  <td>{write(step.value)}</td>
                  <td>{write(step.naive)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </Panel>
  );
}
