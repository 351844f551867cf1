'use client';

import type { ReactNode } from 'react';
import { useLanguage } from '../i18n/context.tsx';
import styles from './form-row.module.css';

/** What ties an input to its label, help and error. */
export interface ControlProps {
  id: string;
  status?: 'error';
  'aria-invalid'?: true;
  'aria-describedby'?: string;
}

interface FormRowProps {
  id: string;
  title: string;
  help?: ReactNode;
  /** Short facts such as range and default, in smaller type. */
  hint?: string | null;
  error: string | null;
  optional?: boolean;
  children: (control: ControlProps) => ReactNode;
}

/** A label, an input, its help, and what is wrong with it: all connected for assistive technology. */
export function FormRow({ id, title, help, hint, error, optional = false, children }: FormRowProps) {
  const { t } = useLanguage();
  const helpId = `${id}-help`;
  const errorId = `${id}-error`;
  const described = [error ? errorId : null, help || hint ? helpId : null].filter(Boolean).join(' ');
  const control: ControlProps = {
    id,
    ...(error ? { status: 'error', 'aria-invalid': true } : {}),
    ...(described ? { 'aria-describedby': described } : {}),
  };
  return (
    <div className={styles.row} data-invalid={error !== null}>
      <label htmlFor={id} className={styles.label}>
        {title}
        {optional && <span className={styles.optional}>{t('field.optional')}</span>}
      </label>
      {children(control)}
      {error && (
        <p id={errorId} className={styles.error} role="alert" data-testid={`${id}-error`}>
          {error}
        </p>
      )}
      {(help || hint) && (
        <p id={helpId} className={styles.help}>
          {help}
          {hint && <span className={styles.hint}>{hint}</span>}
        </p>
      )}
    </div>
  );
}
