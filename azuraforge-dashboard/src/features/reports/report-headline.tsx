'use client';

import type { Report } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useVerdict } from '../experiments/verdict.ts';
import styles from './report.module.css';

/** The one comparison of a report, large: two errors as bars on one scale. */
export function ReportHeadline({ report }: { report: Report }) {
  const { t, formats, localized } = useLanguage();
  const { metric, title, model, naive, unit, verdict } = report.summary;
  const measure = title === undefined ? metric.toUpperCase() : localized(title);
  const verdictText = useVerdict(report.summary);
  const largest = Math.max(model, naive);
  const share = (value: number): string => `${largest > 0 ? Math.max(1, (value / largest) * 100) : 0}%`;
  const text = (value: number): string => `${formats.value(value)}${unit ? ` ${unit}` : ''}`;
  return (
    <section className={styles.headline} data-tone={verdict === 'better' ? 'good' : 'plain'}>
      <div>
        <h2 className={styles.kicker}>{t('report.headline')}</h2>
        <p className={styles.verdict} data-testid="report-verdict">
          {verdictText}
        </p>
        <p className={styles.metric}>{t('report.metric', { metric: measure })}</p>
      </div>
      <dl className={styles.bars}>
        <div data-role="model">
          <dt>{t('report.model')}</dt>
          <dd>
            <span className={styles.bar} style={{ width: share(model) }} />
            <strong>{text(model)}</strong>
          </dd>
        </div>
        <div data-role="naive">
          <dt>{t('report.naive')}</dt>
          <dd>
            <span className={styles.bar} style={{ width: share(naive) }} />
            <strong>{text(naive)}</strong>
          </dd>
        </div>
      </dl>
    </section>
  );
}
