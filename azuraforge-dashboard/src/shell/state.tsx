'use client';

import { Button } from 'antd';
import type { ReactNode } from 'react';
import { CircleAlert, PlugZap } from 'lucide-react';
import { ApiError } from '../client/error.ts';
import { useClient } from '../client/provider.tsx';
import { useLanguage } from '../i18n/context.tsx';
import styles from './state.module.css';

interface MessageStateProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  testId?: string;
  role?: 'alert' | 'status';
}

/** A page or panel that has something to say instead of content. */
export function MessageState({ icon, title, children, action, testId, role }: MessageStateProps) {
  return (
    <div className={styles.state} data-testid={testId} role={role}>
      <div className={styles.icon} aria-hidden="true">
        {icon}
      </div>
      <h2>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {action && <div className={styles.action}>{action}</div>}
    </div>
  );
}

/** Why something could not be loaded, in words, with a way to try again. */
export function FailedState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useLanguage();
  const { apiUrl } = useClient();
  const known = error instanceof ApiError ? error : null;
  const unreachable = known?.code === 'NETWORK';
  return (
    <MessageState
      role="alert"
      testId="failed-state"
      icon={unreachable ? <PlugZap size={22} /> : <CircleAlert size={22} />}
      title={unreachable ? t('state.unreachableTitle') : t('state.failedTitle')}
      action={onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}
    >
      <p>{t(`error.${known?.code ?? 'UNEXPECTED_ANSWER'}`)}</p>
      {unreachable && <p className={styles.detail}>{t('state.unreachableAddress', { url: apiUrl })}</p>}
      {known?.requestId && <p className={styles.detail}>{t('state.requestId', { id: known.requestId })}</p>}
    </MessageState>
  );
}

export function CrashState({ onRetry }: { onRetry: () => void }) {
  const { t } = useLanguage();
  return (
    <MessageState
      role="alert"
      icon={<CircleAlert size={22} />}
      title={t('state.crashTitle')}
      action={<Button onClick={onRetry}>{t('action.retry')}</Button>}
    >
      <p>{t('state.crashText')}</p>
    </MessageState>
  );
}

/** A quiet placeholder of about the height of what is coming. */
export function LoadingState({ rows = 4 }: { rows?: number }) {
  const { t } = useLanguage();
  return (
    <output className={styles.loading} aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} className={styles.bar} />
      ))}
    </output>
  );
}
