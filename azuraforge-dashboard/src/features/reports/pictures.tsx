'use client';

import { useMemo } from 'react';
import type { PicturesSection } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useScheme } from '../../theme/context.tsx';
import { palettes } from '../../theme/palette.ts';
import { heatPixels } from './heat-pixels.ts';
import { HeatScale } from './heat-scale.tsx';
import { pictureColors } from './picture-colors.ts';
import { PixelCanvas } from './pixel-canvas.tsx';
import styles from './pictures.module.css';

type Item = PicturesSection['items'][number];

function Picture({ item, caption }: { item: Item; caption: string }) {
  const colors = useMemo(() => pictureColors(item), [item]);
  return (
    <PixelCanvas
      className={styles.picture}
      colors={colors}
      width={item.width}
      height={item.height}
      label={caption}
    />
  );
}

/** What speaks for the caption, over the faded picture. */
function Evidence({ item, heat }: { item: Item; heat: NonNullable<Item['heat']> }) {
  const palette = palettes[useScheme()];
  const faded = useMemo(() => pictureColors(item), [item]);
  const colors = useMemo(() => heatPixels(heat, palette), [heat, palette]);
  return (
    <span className={styles.evidence}>
      <PixelCanvas className={styles.faded} colors={faded} width={item.width} height={item.height} />
      <PixelCanvas className={styles.heat} colors={colors} width={heat.columns} height={heat.rows} />
    </span>
  );
}

export function Pictures({ section }: { section: PicturesSection }) {
  const { t, localized } = useLanguage();
  const isExplained = section.items.some((item) => item.heat);
  return (
    <>
      <ul
        className={styles.pictures}
        data-explained={isExplained}
        data-testid={`report-pictures-${section.id}`}
      >
        {section.items.map((item) => (
          <li key={item.key}>
            <figure>
              <div className={styles.pair}>
                <Picture item={item} caption={localized(item.caption)} />
                {item.heat && <Evidence item={item} heat={item.heat} />}
              </div>
              <figcaption aria-hidden="true">{localized(item.caption)}</figcaption>
            </figure>
          </li>
        ))}
      </ul>
      {isExplained && <HeatScale low={t('report.heatAgainst')} high={t('report.heatFor')} />}
    </>
  );
}
