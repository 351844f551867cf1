'use client';

import { Button, Input } from 'antd';
import { Download, Upload } from 'lucide-react';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { useLanguage } from '../../i18n/context.tsx';
import { FormRow } from '../../schema-form/form-row.tsx';
import { saveFile } from '../../shell/save-file.ts';
import styles from './forecast.module.css';
import type { InputShape } from './input-schema.ts';
import { parseRows, RowsError } from './rows.ts';

interface RowsInputProps {
  /** What may be pasted. */
  help: string;
  shape: Pick<NonNullable<InputShape['rows']>, 'minimum' | 'columns'>;
  text: string;
  /** Whether an empty field is a mistake by now. */
  required: boolean;
  onChange: (text: string) => void;
}

const MAX_FILE_BYTES = 1_000_000;

/** Rows to paste or to choose as a file; how many were understood is said while one types. */
export function RowsInput({ help, shape, text, required, onChange }: RowsInputProps) {
  const { t, formats } = useLanguage();
  const file = useRef<HTMLInputElement>(null);
  const [fileProblem, setFileProblem] = useState<string | null>(null);
  const settled = useDeferredValue(text);

  const reading = useMemo(() => {
    if (settled.trim() === '') return null;
    try {
      return { count: parseRows(settled, shape.columns).length, problem: null };
    } catch (error) {
      if (!(error instanceof RowsError)) throw error;
      return { count: 0, problem: error.describe(t) };
    }
  }, [settled, shape, t]);

  async function choose(chosen: File | undefined): Promise<void> {
    if (!chosen) return;
    const tooLarge = chosen.size > MAX_FILE_BYTES;
    setFileProblem(tooLarge ? t('rows.fileTooLarge', { size: formats.bytes(MAX_FILE_BYTES) }) : null);
    if (!tooLarge) onChange(await chosen.text());
  }

  const names = shape.columns.map((column) => column.name);
  return (
    <div className={styles.rows}>
      <FormRow
        id="forecast-rows"
        title={t('forecast.rows')}
        help={help}
        hint={t('forecast.rowsNeeded', { count: shape.minimum })}
        error={fileProblem ?? reading?.problem ?? (required && !reading ? t('rows.empty') : null)}
      >
        {(control) => (
          <Input.TextArea
            {...control}
            className={styles.paste}
            autoSize={{ minRows: 6, maxRows: 14 }}
            spellCheck={false}
            placeholder={names.join(',')}
            value={text}
            onChange={(event) => {
              setFileProblem(null);
              onChange(event.target.value);
            }}
          />
        )}
      </FormRow>
      <div className={styles.tools}>
        <input
          ref={file}
          hidden
          type="file"
          accept=".csv,.tsv,.txt,.json,text/csv,application/json"
          data-testid="rows-file"
          onChange={(event) => {
            void choose(event.target.files?.[0]);
            // The same file may be chosen again after it was mended.
            event.target.value = '';
          }}
        />
        <Button icon={<Upload size={16} aria-hidden="true" />} onClick={() => file.current?.click()}>
          {t('forecast.upload')}
        </Button>
        <Button
          type="text"
          icon={<Download size={16} aria-hidden="true" />}
          onClick={() => saveFile('rows.csv', 'text/csv', `${names.join(',')}\n`)}
        >
          {t('forecast.template')}
        </Button>
        <output className={styles.read} data-testid="rows-read">
          {reading && !reading.problem && t('forecast.rowsRead', { count: reading.count })}
        </output>
      </div>
    </div>
  );
}
