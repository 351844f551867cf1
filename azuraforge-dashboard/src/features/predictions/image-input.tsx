'use client';

import { ImageUp } from 'lucide-react';
import { useState } from 'react';
import type { DragEvent } from 'react';
import { useLanguage } from '../../i18n/context.tsx';
import type { ControlProps } from '../../schema-form/form-row.tsx';
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

  function drop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    void take([...event.dataTransfer.files]);
  }

  return (
    <>
      <label
        className={styles.image}
        data-over={over}
        data-empty={image === null}
        data-invalid={control['aria-invalid']}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          {...control}
          className={styles.file}
          type="file"
          accept={TYPES.join(',')}
          multiple={multiple}
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
          <img src={image} alt={t('image.given')} />
        )}
      </label>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
