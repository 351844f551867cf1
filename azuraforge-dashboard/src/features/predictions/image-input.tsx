'use client';

import { ImageUp } from 'lucide-react';
import { useState } from 'react';
import { useLanguage } from '../../i18n/context.tsx';
import type { ControlProps } from '../../schema-form/form-row.tsx';
import { GivenImage } from './given-image.tsx';
import styles from './predictions.module.css';

interface ImageInputProps {
  control: Omit<ControlProps, 'status'>;
  /** As a data URL. */
  image: string | null;
  multiple: boolean;
  /** At least one, as data URLs. */
  onImages: (images: string[]) => void;
}

/** In base64 they must still fit into what a model takes. */
const MAX_IMAGE_BYTES = 5_900_000;
const TYPES = ['image/png', 'image/jpeg'];

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('The file cannot be read.')));
    reader.readAsDataURL(file);
  });
}

/** A place to drop an image or to choose one, which then shows it. */
export function ImageInput({ control, image, multiple, onImages }: ImageInputProps) {
  const { t, formats } = useLanguage();
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);

  async function take(files: File[]): Promise<void> {
    const chosen = multiple ? files : files.slice(0, 1);
    if (chosen.length === 0) return;
    if (chosen.some((file) => !TYPES.includes(file.type))) {
      setProblem(t('image.wrongKind'));
    } else if (chosen.some((file) => file.size > MAX_IMAGE_BYTES)) {
      setProblem(t('rows.fileTooLarge', { size: formats.bytes(MAX_IMAGE_BYTES) }));
    } else {
      setProblem(null);
      onImages(await Promise.all(chosen.map(dataUrl)));
    }
  }

  return (
    <>
      <div
        className={styles.image}
        data-over={over}
        data-empty={image === null}
        data-invalid={control['aria-invalid']}
      >
        {/* It covers the area unseen, so that images may also be dropped on it. */}
        <input
          {...control}
          className={styles.file}
          type="file"
          accept={TYPES.join(',')}
          multiple={multiple}
          onDragEnter={() => setOver(true)}
          onDragLeave={() => setOver(false)}
          onDrop={() => setOver(false)}
          onChange={(event) => {
            void take([...(event.target.files ?? [])]);
            // The same file may be chosen again after it was mended.
            event.target.value = '';
          }}
        />
        {image === null ? (
          <>
            <ImageUp size={22} aria-hidden="true" />
            <span>{multiple ? t('image.dropMany') : t('image.drop')}</span>
          </>
        ) : (
          <GivenImage source={image} />
        )}
      </div>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
