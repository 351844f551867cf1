'use client';

import { useEffect, useRef, useState } from 'react';
import type { ExperimentListItem, ExperimentProgress } from 'azuraforge-dbmodels/contract';
import { useClient } from '../../client/provider.tsx';
import { useExperimentOnce, useRefreshExperiment } from './queries.ts';

/**
 * The progress of a run in a list while it goes on. The list does not say how many events lie behind a run, so its
 * detail is read once and only what comes after it is asked for: no history is sent for a mere bar.
 */
export function useLiveProgress(item: ExperimentListItem): ExperimentProgress | null {
  const { socket } = useClient();
  const refresh = useRefreshExperiment();
  const detail = useExperimentOnce(item.id).data;
  const [live, setLive] = useState<ExperimentProgress | null>(null);
  const latest = useRef({ refresh, lastSeq: 0 });
  const known = detail !== undefined;

  useEffect(() => {
    latest.current = { refresh, lastSeq: detail?.last_seq ?? 0 };
  });

  useEffect(() => {
    if (!known) return;
    return socket.subscribe({
      taskId: item.task_id,
      afterSeq: latest.current.lastSeq,
      onEvents(events) {
        for (const { body } of events) {
          if (body.type === 'status') void latest.current.refresh(item.id);
          else if (body.type === 'epoch' || body.type === 'batch') {
            setLive({ fraction: body.fraction, epoch: body.epoch, epochs: body.epochs });
          }
        }
      },
    });
  }, [socket, known, item.id, item.task_id]);

  return live ?? detail?.progress ?? item.progress;
}
