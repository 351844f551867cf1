'use client';

import type { ValuePrediction } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import forecast from '../forecasts/forecast.module.css';
import { toCsv } from '../forecasts/rows.ts';
import { targetColumn } from './answer-file.ts';
import { DownloadButton } from './download-button.tsx';
import styles from './predictions.module.css';

const MOST_ROWS = 500;

/** A number for each row beside the naive one, which is the same for all. */
export function ValueAnswer({ prediction, name }: { prediction: ValuePrediction; name: string }) {
  const { t, formats } = useLanguage();
  const { rows, naive, target, unit } = prediction;
  const shown = rows.slice(0, MOST_ROWS);
  const write = formats.aligned([...shown.map(({ value }) => value), naive]);
  const heading = unit ? `${target} (${unit})` : target;
  const column = targetColumn(target, ['row', 'naive']);
  const csv = (): string =>
    toCsv(rows.map(({ value }, index) => ({ row: index + 1, [column]: value, naive })));
  return (
    <Panel
      testId="value-answer"
      title={t('predict.answer', { target })}
      description={t('predict.valuesHelp')}
      aside={<DownloadButton name={name} kind="csv" content={csv} />}
    >
      <div className={`${forecast.scroll} ${styles.values}`}>
        <table className={forecast.table}>
          <thead>
            <tr>
              <th scope="col">{t('predict.columnRow')}</th>
              <th scope="col">{heading}</th>
              <th scope="col">{t('chart.naive')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ value }, index) => (
              // Rows are their positions.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={index}>
                <th scope="row">{index + 1}</th>
                <td>{write(value)}</td>
                <td>{write(naive)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MOST_ROWS && (
        <p className={styles.more}>{t('predict.moreRows', { count: rows.length - MOST_ROWS })}</p>
      )}
    </Panel>
  );
}
