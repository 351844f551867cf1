'use client';

import { useMemo } from 'react';
import type { HeatMapSection, LocalizedText } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useScheme } from '../../theme/context.tsx';
import { palettes } from '../../theme/palette.ts';
import { heatLimit, heatPixels } from './heat-pixels.ts';
import { HeatScale } from './heat-scale.tsx';
import styles from './heat-map.module.css';
import { PixelCanvas } from './pixel-canvas.tsx';

function Labels({ axis, className }: { axis: HeatMapSection['rows']; className: string | undefined }) {
  const { localized } = useLanguage();
  if (axis.labels.length === 0) return null;
  return (
    <ol className={className} aria-label={axis.title && localized(axis.title)}>
      {numbered(axis.labels).map(({ key, label }) => (
        <li key={key}>{localized(label)}</li>
      ))}
    </ol>
  );
}

/** Labels may repeat, as the words of a text do: what tells them apart is their place. */
const numbered = (labels: LocalizedText[]): { key: number; label: LocalizedText }[] =>
  labels.map((label, key) => ({ key, label }));

/** A grid of colours, with its labels and what the full colours mean. */
export function HeatMap({ section }: { section: HeatMapSection }) {
  const { t, formats, localized } = useLanguage();
  const palette = palettes[useScheme()];
  const { rows, columns, values, value } = section;
  const colors = useMemo(
    () => heatPixels({ rows: rows.count, columns: columns.count, values }, palette),
    [values, rows.count, columns.count, palette],
  );
  const limit = heatLimit(values);
  const measure = [value.title && localized(value.title), value.unit].filter(Boolean).join(', ');
  return (
    <figure className={styles.figure} data-testid={`report-heat-map-${section.id}`}>
      <div className={styles.grid}>
        <Labels axis={rows} className={styles.rows} />
        <PixelCanvas
          className={styles.canvas}
          colors={colors}
          width={columns.count}
          height={rows.count}
          style={{ aspectRatio: rows.labels.length > 0 ? undefined : `${columns.count} / ${rows.count}` }}
          label={t('report.heatMapSummary', {
            title: localized(section.title),
            rows: formats.integer(rows.count),
            columns: formats.integer(columns.count),
            limit: formats.value(limit),
          })}
        />
        <Labels axis={columns} className={styles.columns} />
      </div>
      <figcaption className={styles.legend}>
        {measure && <span>{measure}</span>}
        <HeatScale low={formats.value(-limit)} high={formats.value(limit)} />
      </figcaption>
    </figure>
  );
}
