'use client';

import type { BarsSection } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { barSpans } from './bar-spans.ts';
import styles from './bars.module.css';

/** One bar for each thing, its value and how far that may be off in figures. */
export function Bars({ section }: { section: BarsSection }) {
  const { t, formats, localized } = useLanguage();
  const { bars, value } = section;
  const spans = barSpans(bars.map((bar) => bar.value));
  const write = formats.aligned(bars.map((bar) => bar.value));
  const measure = [value.title && localized(value.title), value.unit].filter(Boolean).join(', ');
  return (
    <>
      {measure && <p className={styles.measure}>{measure}</p>}
      <dl className={styles.bars} data-testid={`report-bars-${section.id}`} data-bars={bars.length}>
        {bars.map((bar, index) => (
          <div key={bar.key}>
            <dt>{localized(bar.title)}</dt>
            <dd>
              <span className={styles.room} aria-hidden="true">
                <span
                  className={styles.bar}
                  data-below={bar.value < 0}
                  style={{ left: `${spans[index]?.left}%`, width: `${spans[index]?.width}%` }}
                />
              </span>
              <span className={styles.value}>
                {write(bar.value)}
                {bar.spread !== null && (
                  <span className={styles.spread}>{t('report.spread', { value: write(bar.spread) })}</span>
                )}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
