'use client';

import { useEffect, useReducer, useRef, useState } from 'react';
import { isTerminal } from 'azuraforge-dbmodels/contract';
import type { ExperimentDetail, ExperimentEvent } from 'azuraforge-dbmodels/contract';
import type { ApiError } from '../../client/error.ts';
import { useClient } from '../../client/provider.tsx';
import { useRefreshExperiment } from './queries.ts';
import { applyEvents, initialRunState } from './run-state.ts';
import type { RunState } from './run-state.ts';

/** A hidden page paints no frames; it still takes in its events, but seldom. */
const HIDDEN_FLUSH_MS = 1000;

/** Collects what arrives within one frame, so that a burst of events is one render. */
function createBatcher(flush: (events: ExperimentEvent[]) => void) {
  let waiting: ExperimentEvent[] = [];
  let frame: number | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const stop = (): void => {
    if (frame !== null) cancelAnimationFrame(frame);
    if (timer !== null) clearTimeout(timer);
    frame = null;
    timer = null;
  };
  const run = (): void => {
    stop();
    const events = waiting;
    waiting = [];
    if (events.length > 0) flush(events);
  };
  return {
    add(events: ExperimentEvent[]) {
      waiting.push(...events);
      frame ??= requestAnimationFrame(run);
      timer ??= setTimeout(run, HIDDEN_FLUSH_MS);
    },
    stop,
  };
}

export interface RunEvents {
  run: RunState;
  connected: boolean;
  refused: ApiError | null;
}

/** The live state of a run: its whole history first, then every event as it happens. */
export function useRunEvents(experiment: ExperimentDetail): RunEvents {
  const { socket } = useClient();
  const refresh = useRefreshExperiment();
  const [run, apply] = useReducer(applyEvents, experiment, initialRunState);
  const [connected, setConnected] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  const latest = useRef({ refresh, lastSeq: run.lastSeq, status: experiment.status });

  useEffect(() => {
    latest.current = { refresh, lastSeq: run.lastSeq, status: experiment.status };
  });

  useEffect(() => {
    const batcher = createBatcher((events) => {
      apply(events);
      const changed = events.findLast((event) => event.body.type === 'status');
      const known = latest.current.status;
      if (changed?.body.type === 'status' && changed.body.status !== known && !isTerminal(known)) {
        void latest.current.refresh(experiment.id);
      }
    });
    const unsubscribe = socket.subscribe({
      taskId: experiment.task_id,
      afterSeq: latest.current.lastSeq,
      onEvents: batcher.add,
      onConnection: setConnected,
      onRefused: setRefused,
    });
    return () => {
      unsubscribe();
      batcher.stop();
    };
  }, [socket, experiment.id, experiment.task_id]);

  return { run, connected, refused };
}
