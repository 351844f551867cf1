'use client';

import { useEffect, useRef } from 'react';
import type { HeatMapSection } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useScheme } from '../../theme/context.tsx';
import { palettes } from '../../theme/palette.ts';
import { heatLimit, heatPixels } from './heat-pixels.ts';
import styles from './heat-map.module.css';

/** A grid of colours, with its labels and what the full colours mean. */
export function HeatMap({ section }: { section: HeatMapSection }) {
  const { t, formats, localized } = useLanguage();
  const palette = palettes[useScheme()];
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows, columns, values, value } = section;

  useEffect(() => {
    const pixels = heatPixels(values, palette);
    canvas.current?.getContext('2d')?.putImageData(new ImageData(pixels, columns.count, rows.count), 0, 0);
  }, [values, rows.count, columns.count, palette]);

  const limit = heatLimit(values);
  const measure = [value.title && localized(value.title), value.unit].filter(Boolean).join(', ');
  // A canvas is drawn, so no `img` element can stand in for it; to assistive technology it is one picture.
  const picture = {
    role: 'img',
    'aria-label': t('report.heatMapSummary', {
      title: localized(section.title),
      rows: formats.integer(rows.count),
      columns: formats.integer(columns.count),
      limit: formats.value(limit),
    }),
  };
  return (
    <figure className={styles.figure} data-testid={`report-heat-map-${section.id}`}>
      <div className={styles.grid}>
        {rows.labels.length > 0 && (
          <ol className={styles.rows} aria-label={rows.title && localized(rows.title)}>
            {rows.labels.map((label, index) => (
              <li key={index}>{localized(label)}</li>
            ))}
          </ol>
        )}
        <canvas
          {...picture}
          ref={canvas}
          className={styles.canvas}
          width={columns.count}
          height={rows.count}
          style={{ aspectRatio: rows.labels.length > 0 ? undefined : `${columns.count} / ${rows.count}` }}
        />
        {columns.labels.length > 0 && (
          <ol className={styles.columns} aria-label={columns.title && localized(columns.title)}>
            {columns.labels.map((label, index) => (
              <li key={index}>{localized(label)}</li>
            ))}
          </ol>
        )}
      </div>
      <figcaption className={styles.legend}>
        {measure && <span>{measure}</span>}
        <span className={styles.scale}>
          {formats.value(-limit)}
          <span className={styles.ramp} aria-hidden="true" />
          {formats.value(limit)}
        </span>
      </figcaption>
    </figure>
  );
}
