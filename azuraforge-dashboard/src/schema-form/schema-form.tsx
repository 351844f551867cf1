'use client';

import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { useLanguage } from '../i18n/context.tsx';
import { groupsOf } from './field.ts';
import type { Field } from './field.ts';
import { FieldRow } from './field-row.tsx';
import styles from './schema-form.module.css';
import { valueAt, withValue } from './value.ts';

interface SchemaFormProps {
  fields: Field[];
  value: Record<string, unknown>;
  /** Texts by path. */
  errors: ReadonlyMap<string, string>;
  onChange: (value: Record<string, unknown>, path: string) => void;
}

function hasError(fields: Field[], errors: ReadonlyMap<string, string>): boolean {
  return fields.some((field) => errors.has(field.path));
}

/** A form made from a schema's fields: groups in order, the advanced ones folded until they are asked for. */
export function SchemaForm({ fields, value, errors, onChange }: SchemaFormProps) {
  const { t } = useLanguage();
  const [open, setOpen] = useState(false);
  const advancedId = useId();
  const shown = fields.filter((field) => !field.advanced);
  const folded = fields.filter((field) => field.advanced);
  // A field that needs attention must be in sight, and stay there while it is corrected.
  if (!open && hasError(folded, errors)) setOpen(true);

  const rows = (members: Field[]) => (
    <div className={styles.grid}>
      {members.map((field) => (
        <FieldRow
          key={field.path}
          field={field}
          value={valueAt(value, field.path)}
          error={errors.get(field.path) ?? null}
          onChange={(next) => onChange(withValue(value, field.path, next), field.path)}
        />
      ))}
    </div>
  );
  const groups = (members: Field[]) =>
    groupsOf(members).map((group) => (
      <fieldset key={group.title ?? ''} className={styles.group}>
        {group.title && <legend>{group.title}</legend>}
        {rows(group.fields)}
      </fieldset>
    ));

  return (
    <div className={styles.form}>
      {groups(shown)}
      {folded.length > 0 && (
        <div className={styles.advanced}>
          <button
            type="button"
            className={styles.fold}
            aria-expanded={open}
            aria-controls={advancedId}
            data-testid="advanced-settings"
            onClick={() => setOpen(!open)}
          >
            <ChevronRight size={16} aria-hidden="true" />
            {t('new.advanced')}
            <span className={styles.count}>{t('new.advancedCount', { count: folded.length })}</span>
          </button>
          <div id={advancedId} hidden={!open} className={styles.advancedBody}>
            {groups(folded)}
          </div>
        </div>
      )}
    </div>
  );
}
