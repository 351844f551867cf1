'use client';

import type { ScoresSection } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { bestValues } from './best-values.ts';
import styles from './scores-table.module.css';

function Direction({ better }: { better: ScoresSection['columns'][number]['better'] }) {
  const { t } = useLanguage();
  if (better === 'none') return null;
  return (
    <span className={styles.better}>
      {t(better === 'lower' ? 'report.lowerBetter' : 'report.higherBetter')}
    </span>
  );
}

/**
 * Competitors by metrics, or other rows by columns. Every baseline is shown, and the best value of each metric is marked
 * whoever has it.
 */
export function ScoresTable({ section }: { section: ScoresSection }) {
  const { t, formats, localized } = useLanguage();
  const best = bestValues(section);
  const directions = new Set(section.columns.map((column) => column.better));
  // Said once where it holds for all columns.
  const shared = directions.size === 1 ? section.columns[0]?.better : undefined;
  const isRace = section.rows.some(({ role }) => role !== 'other');
  const isWide = section.columns.length > 4;
  const stacks = isRace || !isWide;
  const writers = new Map(
    section.columns.map((column) => [
      column.key,
      formats.aligned(section.rows.map((row) => row.values[column.key] ?? 0)),
    ]),
  );
  const table = (
    <table
      className={stacks ? `${styles.table} ${styles.stacked}` : styles.table}
      data-testid="scores"
      data-wide={isWide}
    >
      <caption className={styles.caption}>{localized(section.title)}</caption>
      <thead>
        <tr>
          {isRace ? (
            <th scope="col">
              {t('report.competitor')}
              {shared && <Direction better={shared} />}
            </th>
          ) : (
            <td aria-hidden="true" />
          )}
          {section.columns.map((column) => (
            <th key={column.key} scope="col" className={styles.number}>
              {localized(column.title)}
              {column.unit && <span className={styles.unit}> {column.unit}</span>}
              {!shared && <Direction better={column.better} />}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {section.rows.map((row) => (
          <tr key={row.key} data-role={row.role}>
            <th scope="row">
              {localized(row.title)}
              <span className={styles.role}>
                {row.role === 'model' ? t('report.modelRow') : row.role !== 'other' && t('report.baseline')}
              </span>
            </th>
            {section.columns.map((column) => {
              const value = row.values[column.key] ?? null;
              const isBest = value !== null && value === best.get(column.key);
              return (
                <td
                  key={column.key}
                  className={styles.number}
                  data-label={localized(column.title) + (column.unit ? ` (${column.unit})` : '')}
                  data-best={isBest}
                >
                  <span>
                    {value === null ? (
                      <span className={styles.missing}>{t('report.missing')}</span>
                    ) : (
                      (writers.get(column.key) ?? formats.value)(value)
                    )}
                    {isBest && <span className={styles.best}>{t('report.best')}</span>}
                  </span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
  return stacks ? table : <div className={styles.scroll}>{table}</div>;
}
