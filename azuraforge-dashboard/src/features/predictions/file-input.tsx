'use client';

import { Button } from 'antd';
import { FileAudio, ImageUp, X } from 'lucide-react';
import { useState } from 'react';
import { useLanguage } from '../../i18n/context.tsx';
import type { ControlProps } from '../../schema-form/form-row.tsx';
import { GivenImage } from './given-image.tsx';
import styles from './predictions.module.css';
import { SoundPlayer } from './sound-player.tsx';

interface FileInputProps {
  control: Omit<ControlProps, 'status'>;
  kind: 'image' | 'sound';
  /** An image as a data URL, a sound in base64. */
  value: string | null;
  multiple: boolean;
  /** At least one. */
  onFiles: (values: string[]) => void;
  onRemove: () => void;
}

/** What may be given; in base64 it must still fit into what a model takes, and into a request. */
const KINDS = {
  image: { types: ['image/png', 'image/jpeg'], bytes: 5_900_000, wrong: 'image.wrongKind' },
  sound: {
    types: ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
    bytes: 11_000_000,
    wrong: 'sound.wrongKind',
  },
} as const;

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('The file cannot be read.')));
    reader.readAsDataURL(file);
  });
}

/** A place to drop an image or a sound, or to choose one, which then shows it. */
export function FileInput({ control, kind, value, multiple, onFiles, onRemove }: FileInputProps) {
  const { t, formats } = useLanguage();
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const { types, bytes, wrong } = KINDS[kind];

  async function take(files: File[]): Promise<void> {
    const chosen = multiple ? files : files.slice(0, 1);
    if (chosen.length === 0) return;
    if (chosen.some((file) => !(types as readonly string[]).includes(file.type))) {
      setProblem(t(wrong));
    } else if (chosen.some((file) => file.size > bytes)) {
      setProblem(t('rows.fileTooLarge', { size: formats.bytes(bytes) }));
    } else {
      setProblem(null);
      const urls = await Promise.all(chosen.map(dataUrl));
      onFiles(kind === 'image' ? urls : urls.map((url) => url.slice(url.indexOf(',') + 1)));
    }
  }

  const shown = kind === 'image' && value !== null;
  const Icon = kind === 'image' ? ImageUp : FileAudio;
  const invitation = multiple ? 'image.dropMany' : 'image.drop';
  return (
    <>
      <div
        className={styles.drop}
        data-over={over}
        data-empty={!shown}
        data-invalid={control['aria-invalid']}
      >
        {/* It covers the area unseen, so that files may also be dropped on it. */}
        <input
          {...control}
          className={styles.file}
          type="file"
          accept={types.join(',')}
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
        {shown ? (
          <GivenImage source={value} />
        ) : (
          <>
            <Icon size={22} aria-hidden="true" />
            <span>{t(kind === 'image' ? invitation : 'sound.drop')}</span>
          </>
        )}
      </div>
      {kind === 'sound' && value !== null && <SoundPlayer wav={value} />}
      {value !== null && (
        <Button
          className={styles.remove}
          type="text"
          size="small"
          icon={<X size={16} aria-hidden="true" />}
          data-testid="remove-file"
          onClick={onRemove}
        >
          {t(kind === 'image' ? 'image.remove' : 'sound.remove')}
        </Button>
      )}
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
