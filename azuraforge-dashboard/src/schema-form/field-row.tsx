'use client';

import { Input, InputNumber, Select, Switch } from 'antd';
import { useLanguage } from '../i18n/context.tsx';
import type { Field } from './field.ts';
import { FormRow } from './form-row.tsx';
import type { ControlProps } from './form-row.tsx';
import { typedInteger, typedNumber } from './value.ts';
import styles from './field-row.module.css';

interface FieldRowProps {
  field: Field;
  value: unknown;
  error: string | null;
  onChange: (value: unknown) => void;
}

/** The range and the default of a number, as short as they can be said. */
function useHint({ kind, minimum, maximum, defaultValue }: Field): string | null {
  const { t, formats } = useLanguage();
  if (kind !== 'integer' && kind !== 'number') return null;
  const parts: string[] = [];
  if (minimum && maximum && !minimum.exclusive && !maximum.exclusive) {
    parts.push(
      t('field.range', { minimum: formats.exact(minimum.value), maximum: formats.exact(maximum.value) }),
    );
  } else {
    if (minimum) {
      const text = formats.exact(minimum.value);
      parts.push(
        minimum.exclusive ? t('field.above', { minimum: text }) : t('field.atLeast', { minimum: text }),
      );
    }
    if (maximum) {
      const text = formats.exact(maximum.value);
      parts.push(
        maximum.exclusive ? t('field.below', { maximum: text }) : t('field.atMost', { maximum: text }),
      );
    }
  }
  if (typeof defaultValue === 'number')
    parts.push(t('field.default', { value: formats.exact(defaultValue) }));
  return parts.length > 0 ? parts.join(' · ') : null;
}

/** Text of a list as one types it, and back. */
function listValue(field: Field, texts: string[]): (string | number)[] {
  if (field.kind !== 'numbers') return texts;
  return texts.map((text) => {
    const number = Number(typedNumber(text));
    return text.trim() === '' || Number.isNaN(number) ? text : number;
  });
}

function Control({ field, value, control, onChange }: FieldRowProps & { control: ControlProps }) {
  const { t, locale } = useLanguage();
  const { status, ...attributes } = control;
  const cleared = field.nullable ? null : undefined;
  switch (field.kind) {
    case 'integer':
    case 'number':
      return (
        <InputNumber<number | string>
          {...attributes}
          status={status}
          className={styles.wide}
          inputMode={field.kind === 'integer' ? 'numeric' : 'decimal'}
          decimalSeparator={locale === 'tr' ? ',' : '.'}
          parser={field.kind === 'integer' ? typedInteger : typedNumber}
          step={field.step ?? undefined}
          // A step of one is right for counts and wrong for rates; a rate is typed.
          controls={field.kind === 'integer'}
          keyboard={field.kind === 'integer'}
          value={typeof value === 'number' ? value : null}
          onChange={(next) => onChange(next ?? cleared)}
        />
      );
    case 'boolean':
      return (
        <span className={styles.switch}>
          <Switch {...attributes} checked={value === true} onChange={onChange} />
          <span aria-hidden="true">{value === true ? t('field.on') : t('field.off')}</span>
        </span>
      );
    case 'choice':
      return (
        <Select
          {...attributes}
          status={status}
          className={styles.wide}
          allowClear={field.nullable}
          placeholder={field.nullable ? t('field.none') : undefined}
          options={field.options.map((option) => ({ value: String(option.value), label: option.label }))}
          value={value === null || value === undefined ? undefined : String(value)}
          onChange={(next: string | undefined) =>
            onChange(field.options.find((option) => String(option.value) === next)?.value ?? cleared)
          }
        />
      );
    case 'choices':
    case 'texts':
    case 'numbers':
      return (
        <Select<string[]>
          {...attributes}
          status={status}
          className={styles.wide}
          mode={field.kind === 'choices' ? 'multiple' : 'tags'}
          tokenSeparators={field.kind === 'choices' ? undefined : [';', ' ']}
          options={field.options.map((option) => ({ value: String(option.value), label: option.label }))}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(next) =>
            onChange(
              field.kind === 'choices'
                ? field.options
                    .filter((option) => next.includes(String(option.value)))
                    .map(({ value: own }) => own)
                : listValue(field, next),
            )
          }
        />
      );
    case 'string':
      return (
        <Input
          {...attributes}
          status={status}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) =>
            onChange(event.target.value === '' && field.nullable ? null : event.target.value)
          }
        />
      );
  }
}

/** One setting with the input that suits it. */
export function FieldRow(props: FieldRowProps) {
  const { field, error } = props;
  const hint = useHint(field);
  return (
    <FormRow
      id={`field-${field.path.replaceAll('.', '-')}`}
      title={field.title}
      help={field.description}
      hint={hint}
      error={error}
      optional={field.nullable || (field.optional && field.defaultValue === undefined)}
    >
      {(control) => <Control {...props} control={control} />}
    </FormRow>
  );
}
