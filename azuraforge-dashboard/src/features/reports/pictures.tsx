'use client';

import { useEffect, useRef } from 'react';
import type { PicturesSection } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { pictureColors } from './picture-colors.ts';
import styles from './pictures.module.css';

type Item = PicturesSection['items'][number];

/** Painted pixel by pixel: a report comes from a plugin, whose bytes no decoder of images should see. */
function Picture({ item, caption }: { item: Item; caption: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new ImageData(pictureColors(item), item.width, item.height);
    canvas.current?.getContext('2d')?.putImageData(image, 0, 0);
  }, [item]);
  return (
    <canvas
      ref={canvas}
      className={styles.picture}
      width={item.width}
      height={item.height}
      role="img"
      aria-label={caption}
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
