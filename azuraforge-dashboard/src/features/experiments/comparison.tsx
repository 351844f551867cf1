'use client';

import type { ReportSummary } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import styles from './comparison.module.css';
import { useVerdict } from './verdict.ts';

/** The model's error beside the naive forecast's, and what that means in words. */
export function Comparison({ summary }: { summary: ReportSummary }) {
  const { t, formats } = useLanguage();
  const verdict = useVerdict(summary);
  const unit = summary.unit ? ` ${summary.unit}` : '';
  return (
    <span className={styles.comparison} data-verdict={summary.verdict}>
      <span className={styles.values}>
        <strong>
          {formats.value(summary.model)}
          {unit}
        </strong>
        <span className={styles.naive}>
          {t('experiments.naive', { value: formats.value(summary.naive) + unit })}
        </span>
      </span>
      <span className={styles.verdict}>{verdict}</span>
    </span>
  );
}
