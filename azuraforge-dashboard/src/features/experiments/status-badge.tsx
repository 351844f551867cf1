'use client';

import type { ExperimentStatus } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import styles from './status-badge.module.css';

interface StatusBadgeProps {
  status: ExperimentStatus;
  cancelRequested?: boolean;
  testId?: string;
  /** Tells a change to those who do not see it. */
  announce?: boolean;
}

export function StatusBadge({ status, cancelRequested = false, testId, announce = false }: StatusBadgeProps) {
  const { t } = useLanguage();
  const stopping = cancelRequested && status === 'STARTED';
  return (
    <span
      className={styles.badge}
      data-status={status}
      data-testid={testId}
      role={announce ? 'status' : undefined}
    >
      <span className={styles.dot} aria-hidden="true" />
      {stopping ? t('experiments.cancelRequested') : t(`status.${status}`)}
    </span>
  );
}
