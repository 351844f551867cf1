'use client';

import { useMemo } from 'react';
import type { PicturesSection } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
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

export function Pictures({ section }: { section: PicturesSection }) {
  const { localized } = useLanguage();
  return (
    <ul className={styles.pictures} data-testid={`report-pictures-${section.id}`}>
      {section.items.map((item) => (
        <li key={item.key}>
          <figure>
            <Picture item={item} caption={localized(item.caption)} />
            <figcaption aria-hidden="true">{localized(item.caption)}</figcaption>
          </figure>
        </li>
      ))}
    </ul>
  );
}
