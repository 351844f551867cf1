'use client';

import { useMemo } from 'react';
import type { HeatMapSection } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useScheme } from '../../theme/context.tsx';
import { palettes } from '../../theme/palette.ts';
import { MOST_LABELS, shownLabels } from './axis-labels.ts';
import { heatPixels, heatRange } from './heat-pixels.ts';
import { HeatScale } from './heat-scale.tsx';
import styles from './heat-map.module.css';
import { PixelCanvas } from './pixel-canvas.tsx';

/** Room for one row that has a label, in pixels. */
const LABEL_HEIGHT = 20;

type Axis = HeatMapSection['rows'];

function useLabels({ labels }: Axis): { key: number; text: string }[] {
  const { localized } = useLanguage();
  return useMemo(() => shownLabels(labels.map(localized)), [labels, localized]);
}

function Rows({ axis }: { axis: Axis }) {
  const { localized } = useLanguage();
  const labels = useLabels(axis);
  if (labels.length === 0) return null;
  return (
    <ol className={styles.rows} aria-label={axis.title && localized(axis.title)}>
      {labels.map(({ key, text }) => (
        <li key={key} title={text}>
          <span>{text}</span>
        </li>
      ))}
    </ol>
  );
}

function Columns({ axis }: { axis: Axis }) {
  const { localized } = useLanguage();
  const labels = useLabels(axis);
  if (labels.length === 0) return null;
  // Beside each other there is room for short ones only.
  const isUpright =
    labels.reduce((letters, { text }) => Math.max(letters, text.length), 0) * labels.length > 40;
  return (
    <ol className={styles.columns} data-upright={isUpright} aria-label={axis.title && localized(axis.title)}>
      {labels.map(({ key, text }) => (
        <li key={key}>
          <span>{text}</span>
        </li>
      ))}
    </ol>
  );
}

/** A grid of colours, with its labels and what the full colours mean. */
export function HeatMap({ section }: { section: HeatMapSection }) {
  const { t, formats, localized } = useLanguage();
  const palette = palettes[useScheme()];
  const { rows, columns, values, value } = section;
  const colors = useMemo(
    () => heatPixels({ rows: rows.count, columns: columns.count, values }, palette),
    [values, rows.count, columns.count, palette],
  );
  const { low, high, limit } = heatRange(values);
  const measure = [value.title && localized(value.title), value.unit].filter(Boolean).join(', ');
  return (
    <figure className={styles.figure} data-testid={`report-heat-map-${section.id}`}>
      <div className={styles.grid}>
        <Rows axis={rows} />
        <PixelCanvas
          className={styles.canvas}
          colors={colors}
          width={columns.count}
          height={rows.count}
          style={{
            aspectRatio: `${columns.count} / ${rows.count}`,
            minHeight: Math.min(rows.labels.length, MOST_LABELS) * LABEL_HEIGHT,
          }}
          label={t('report.heatMapSummary', {
            title: localized(section.title),
            rows: formats.integer(rows.count),
            columns: formats.integer(columns.count),
            limit: formats.value(limit),
          })}
        />
        <Columns axis={columns} />
      </div>
      <figcaption className={styles.legend}>
        {measure && <span>{measure}</span>}
        <HeatScale
          low={formats.value(low)}
          high={formats.value(high)}
          kind={low === 0 ? 'above' : high === 0 ? 'below' : 'both'}
        />
      </figcaption>
    </figure>
  );
}
