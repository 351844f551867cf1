'use client';

import type { Report } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { improvement } from '../experiments/improvement.ts';
import styles from './report.module.css';

/** The one comparison of a report, large: two errors as bars on one scale. */
export function ReportHeadline({ report }: { report: Report }) {
  const { t, formats } = useLanguage();
  const { metric, model, naive, unit } = report.summary;
  const gain = improvement(report.summary);
  // A report may know more than the two numbers say: whether the difference could be chance.
  const notes = report.sections.filter((section) => section.kind === 'note');
  const doubted = notes.length > 0 && notes.every((note) => note.tone !== 'good');
  const good = gain !== null && gain > 0 && !doubted;
  const largest = Math.max(model, naive);
  const share = (value: number): string => `${largest > 0 ? Math.max(1, (value / largest) * 100) : 0}%`;
  const text = (value: number): string => `${formats.value(value)}${unit ? ` ${unit}` : ''}`;
  return (
    <section className={styles.headline} data-tone={good ? 'good' : 'plain'}>
      <div>
        <h2 className={styles.kicker}>{t('report.headline')}</h2>
        <p className={styles.verdict} data-testid="report-verdict">
          {gain === null || gain === 0
            ? t('experiments.equal')
            : t(gain > 0 ? 'experiments.better' : 'experiments.worse', {
                percent: formats.percent(Math.abs(gain)),
              })}
        </p>
        <p className={styles.metric}>{t('report.metric', { metric: metric.toUpperCase() })}</p>
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
