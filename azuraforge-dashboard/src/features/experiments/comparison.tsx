'use client';

import type { ExperimentSummary } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import styles from './comparison.module.css';
import { improvement } from './improvement.ts';

/** The model's error beside the naive forecast's, and what that means in words. */
export function Comparison({ summary }: { summary: ExperimentSummary }) {
  const { t, formats } = useLanguage();
  const gain = improvement(summary);
  const unit = summary.unit ? ` ${summary.unit}` : '';
  return (
    <span className={styles.comparison} data-tone={gain ? (gain > 0 ? 'good' : 'bad') : 'none'}>
      <span className={styles.values}>
        <strong>
          {formats.value(summary.model)}
          {unit}
        </strong>
        <span className={styles.naive}>
          {t('experiments.naive', { value: formats.value(summary.naive) + unit })}
        </span>
      </span>
      {gain !== null && (
        <span className={styles.verdict}>
          {gain === 0
            ? t('experiments.equal')
            : t(gain > 0 ? 'experiments.better' : 'experiments.worse', {
                percent: formats.percent(Math.abs(gain)),
              })}
        </span>
      )}
    </span>
  );
}
