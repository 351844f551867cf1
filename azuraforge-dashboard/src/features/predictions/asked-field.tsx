'use client';

import { Input } from 'antd';
import { FieldRow } from '../../schema-form/field-row.tsx';
import { FormRow } from '../../schema-form/form-row.tsx';
import { FileInput } from './file-input.tsx';
import type { AskedField } from './input-form.ts';
import styles from './predictions.module.css';

interface AskedFieldRowProps {
  field: AskedField;
  value: unknown;
  error: string | null;
  onChange: (value: unknown) => void;
  /** Several files may be given at once where there is a place for them. */
  onFiles?: (files: string[]) => void;
}

const PLACES = { text: styles.whole, image: styles.media, sound: styles.sound };

/** One field of the input with what suits it: an area for texts, a place to drop a file, else as in any form. */
export function AskedFieldRow({ field, value, error, onChange, onFiles }: AskedFieldRowProps) {
  const { look } = field;
  if (look === 'plain') {
    return <FieldRow field={field} value={value} error={error} onChange={onChange} />;
  }
  return (
    <div className={PLACES[look]}>
      <FormRow
        id={`field-${field.path.replaceAll('.', '-')}`}
        title={field.title}
        // How a file becomes text is not for the reader to know.
        help={look === 'text' ? field.description : null}
        error={error}
        optional={field.optional}
      >
        {({ status, ...control }) =>
          look === 'text' ? (
            <Input.TextArea
              {...control}
              status={status}
              autoSize={{ minRows: 3, maxRows: 12 }}
              value={typeof value === 'string' ? value : ''}
              onChange={(event) => onChange(event.target.value)}
            />
          ) : (
            <FileInput
              control={control}
              kind={look}
              value={typeof value === 'string' ? value : null}
              multiple={onFiles !== undefined}
              onRemove={() => onChange(undefined)}
              onFiles={onFiles ?? (([file]) => onChange(file))}
            />
          )
        }
      </FormRow>
    </div>
  );
}
