'use client';

import { memo, useEffect, useRef } from 'react';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import styles from './panels.module.css';
import type { LogLine, RunState } from './run-state.ts';

/** Within this many pixels of the end, a reader is taken to follow the log. */
const FOLLOW_PX = 40;

function useLineText(): (body: LogLine['body']) => string {
  const { t } = useLanguage();
  return (body) => {
    switch (body.type) {
      case 'log':
        return body.message;
      case 'stage':
        return t(`stage.${body.stage}`);
      case 'status':
        return body.status === 'STARTED' && body.attempt > 1
          ? `${t('run.attempt', { attempt: body.attempt })}: ${t('status.STARTED')}`
          : t(`status.${body.status}`);
      case 'early_stop':
        return t('run.logEarlyStop', {
          epoch: body.epoch,
          patience: body.patience,
          best: body.best_epoch,
        });
    }
  };
}

export const RunLog = memo(function RunLog({ log }: Pick<RunState, 'log'>) {
  const { t, formats } = useLanguage();
  const text = useLineText();
  const list = useRef<HTMLOListElement>(null);
  const follows = useRef(true);

  const newest = log.at(-1)?.seq ?? 0;

  useEffect(() => {
    if (newest > 0 && list.current && follows.current) list.current.scrollTop = list.current.scrollHeight;
  }, [newest]);

  return (
    <Panel title={t('run.log')}>
      {log.length === 0 ? (
        <p className={styles.empty}>{t('run.logEmpty')}</p>
      ) : (
        <ol
          ref={list}
          className={styles.log}
          aria-label={t('run.log')}
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            follows.current = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
          }}
        >
          {log.map((line) => (
            <li key={line.seq} data-level={line.body.type === 'log' ? line.body.level : line.body.type}>
              <time dateTime={line.at}>{formats.time(line.at)}</time>
              <span>{text(line.body)}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
});
