'use client';

import { Input, InputNumber, Select, Switch } from 'antd';
import { useLanguage } from '../i18n/context.tsx';
import type { Field } from './field.ts';
import { FormRow } from './form-row.tsx';
import type { ControlProps } from './form-row.tsx';
import styles from './field-row.module.css';

interface FieldRowProps {
  field: Field;
  value: unknown;
  error: string | null;
  onChange: (value: unknown) => void;
}

function useHint(field: Field): string | null {
  const { t, formats } = useLanguage();
  const { minimum, maximum, defaultValue } = field;
  const parts: string[] = [];
  if (field.kind === 'integer' || field.kind === 'number') {
    if (minimum !== null && maximum !== null) {
      parts.push(t('field.range', { minimum: formats.exact(minimum), maximum: formats.exact(maximum) }));
    } else if (minimum !== null) parts.push(t('field.atLeast', { minimum: formats.exact(minimum) }));
    else if (maximum !== null) parts.push(t('field.atMost', { maximum: formats.exact(maximum) }));
    if (typeof defaultValue === 'number') {
      parts.push(t('field.default', { value: formats.exact(defaultValue) }));
    }
  }
  return parts.length > 0 ? parts.join(' · ') : null;
}

/** Text of a list as one types it, and back. */
function listValue(field: Field, texts: string[]): (string | number)[] {
  if (field.kind !== 'numbers') return texts;
  return texts.map((text) => {
    const number = Number(text.replace(',', '.'));
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
        <InputNumber<number>
          {...attributes}
          status={status}
          className={styles.wide}
          inputMode={field.kind === 'integer' ? 'numeric' : 'decimal'}
          decimalSeparator={locale === 'tr' ? ',' : '.'}
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
      optional={field.nullable}
    >
      {(control) => <Control {...props} control={control} />}
    </FormRow>
  );
}
