'use client';

import { App, Button } from 'antd';
import { Ban, RotateCcw } from 'lucide-react';
import { isTerminal } from 'azuraforge-dbmodels/contract';
import type { ExperimentDetail, ExperimentStatus } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../client/error.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { LinkButton } from '../../shell/link-button.tsx';
import { useNow } from '../../shell/now.ts';
import { useCancelExperiment } from './queries.ts';
import styles from './run-page.module.css';
import type { RunState } from './run-state.ts';
import { StatusBadge } from './status-badge.tsx';

interface RunHeaderProps {
  experiment: ExperimentDetail;
  run: RunState;
  status: ExperimentStatus;
  connected: boolean;
}

function CancelButton({ experiment }: { experiment: ExperimentDetail }) {
  const { t } = useLanguage();
  const { modal, message } = App.useApp();
  const cancel = useCancelExperiment(experiment.id);

  function ask(): void {
    modal.confirm({
      title: t('run.cancelConfirmTitle'),
      content: t('run.cancelConfirmText'),
      okText: t('run.cancelConfirm'),
      okButtonProps: { danger: true, 'data-testid': 'confirm-cancel' },
      cancelText: t('run.cancelKeep'),
      autoFocusButton: 'cancel',
      onOk: async () => {
        try {
          await cancel.mutateAsync();
        } catch (error) {
          message.error(t(`error.${error instanceof ApiError ? error.code : 'UNEXPECTED_ANSWER'}`));
        }
      },
    });
  }

  return (
    <Button
      danger
      icon={<Ban size={16} aria-hidden="true" />}
      onClick={ask}
      loading={cancel.isPending}
      disabled={experiment.cancel_requested}
      data-testid="cancel"
    >
      {experiment.cancel_requested ? t('experiments.cancelRequested') : t('run.cancel')}
    </Button>
  );
}

function Timing({ experiment, status }: { experiment: ExperimentDetail; status: ExperimentStatus }) {
  const { t, formats } = useLanguage();
  const now = useNow(status === 'STARTED');
  if (!experiment.started_at) return null;
  const started = Date.parse(experiment.started_at);
  if (experiment.finished_at) {
    const seconds = (Date.parse(experiment.finished_at) - started) / 1000;
    return <span>{t('run.took', { duration: formats.duration(Math.max(0, seconds)) })}</span>;
  }
  const elapsed = Math.max(0, Math.floor((now - started) / 1000));
  return <span>{t('run.elapsed', { duration: formats.duration(elapsed) })}</span>;
}

export function RunHeader({ experiment, run, status, connected }: RunHeaderProps) {
  const { t } = useLanguage();
  const live = !isTerminal(status);
  const attempt = Math.max(experiment.attempt, run.attempt);
  const again = `/experiments/new?pipeline=${encodeURIComponent(experiment.pipeline_id)}&from=${experiment.id}`;
  return (
    <header className={styles.header}>
      <div className={styles.heading}>
        <h1>{experiment.name}</h1>
        <div className={styles.meta}>
          <StatusBadge
            status={status}
            cancelRequested={experiment.cancel_requested}
            testId="status"
            announce
          />
          {live && run.lastSeq > 0 && (
            <output className={styles.live} data-connected={connected}>
              {connected ? t('run.live') : t('run.reconnecting')}
            </output>
          )}
          <span>{experiment.pipeline_id}</span>
          {attempt > 1 && <span title={t('run.attemptHelp')}>{t('run.attempt', { attempt })}</span>}
          <Timing experiment={experiment} status={status} />
        </div>
      </div>
      <div className={styles.actions}>
        {live ? (
          <CancelButton experiment={experiment} />
        ) : (
          <LinkButton href={again} icon={<RotateCcw size={16} aria-hidden="true" />} testId="run-again">
            {t('run.again')}
          </LinkButton>
        )}
      </div>
    </header>
  );
}
