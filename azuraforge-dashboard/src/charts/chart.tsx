'use client';

import dynamic from 'next/dynamic';
import { useMemo, useState } from 'react';
import { useLanguage } from '../i18n/context.tsx';
import { useScheme } from '../theme/context.tsx';
import { FONT_FAMILY } from '../theme/ant.ts';
import { palettes } from '../theme/palette.ts';
import styles from './chart.module.css';
import { lastValue, lineLooks } from './series.ts';
import type { Marker, Series } from './series.ts';

const LineCanvas = dynamic(() => import('./line-canvas.tsx'), {
  ssr: false,
  loading: () => <div className={styles.waiting} />,
});

const NO_MARKERS: Marker[] = [];

interface ChartProps {
  title: string;
  testId: string;
  labels: string[];
  series: Series[];
  markers?: Marker[];
  scale?: 'linear' | 'logarithmic';
  /** Shown at the top of the value axis. */
  yTitle?: string | null;
  unit?: string | null;
  height?: 'small' | 'normal';
  /** Text of one label; dates are written out without it. */
  labelText?: (label: string) => string;
}

/** The one way to draw lines: a legend that switches lines on and off, and a canvas that is updated in place. */
export function Chart({
  title,
  testId,
  labels,
  series,
  markers = NO_MARKERS,
  scale = 'linear',
  yTitle = null,
  unit = null,
  height = 'normal',
  labelText,
}: ChartProps) {
  const { t, formats } = useLanguage();
  const scheme = useScheme();
  const palette = palettes[scheme];
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set());

  const content = useMemo(
    () => ({
      labels,
      series,
      hidden,
      markers,
      scale,
      unit,
      labelText: labelText ?? formats.label,
      palette,
      formats,
      fontFamily: FONT_FAMILY,
    }),
    [labels, series, hidden, markers, scale, unit, labelText, palette, formats],
  );

  const summary = t('chart.summary', {
    title,
    count: labels.length,
    series: series
      .map((line) => {
        const value = lastValue(line);
        return value === null
          ? t('chart.none', { name: line.name })
          : t('chart.summarySeries', { name: line.name, value: formats.value(value) });
      })
      .join('; '),
  });

  function toggle(key: string): void {
    setHidden((current) => {
      const next = new Set(current);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }

  const looks = lineLooks(series, palette);
  const axisTitle = [yTitle, unit].filter(Boolean).join(', ');
  return (
    <div className={styles.chart}>
      <div className={styles.top}>
        {axisTitle && <span className={styles.axis}>{axisTitle}</span>}
        <ul className={styles.legend}>
          {series.map((line, index) => {
            const look = looks[index];
            return (
              <li key={line.key}>
                <button
                  type="button"
                  className={styles.key}
                  aria-pressed={!hidden.has(line.key)}
                  title={t('chart.toggle', { name: line.name })}
                  onClick={() => toggle(line.key)}
                >
                  <svg width="18" height="8" aria-hidden="true">
                    <line
                      x1="1"
                      x2="17"
                      y1="4"
                      y2="4"
                      stroke={look?.color}
                      strokeWidth="2.5"
                      strokeDasharray={look?.dash.join(' ')}
                      strokeLinecap="round"
                    />
                  </svg>
                  {line.name}
                </button>
              </li>
            );
          })}
        </ul>
      </div>
      <div className={styles.canvas} data-height={height}>
        <LineCanvas content={content} summary={summary} testId={testId} />
      </div>
    </div>
  );
}
