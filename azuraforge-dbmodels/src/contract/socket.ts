import type { ErrorEnvelope } from './error.ts';
import type { ExperimentEvent } from './event.ts';

/** socket.io namespace of live progress; the handshake carries `auth: { token }`. */
export const TASK_STATUS_NAMESPACE = '/ws/task_status';

export interface SubscribeRequest {
  task_id: string;
  /** Deliver only events with a higher `seq`; 0 for the whole history. */
  after_seq: number;
}

export type SubscribeAnswer = { ok: true; last_seq: number } | ({ ok: false } & ErrorEnvelope);

export interface ClientToServerEvents {
  subscribe: (request: SubscribeRequest, answer: (result: SubscribeAnswer) => void) => void;
  unsubscribe: (request: { task_id: string }) => void;
}

export interface ServerToClientEvents {
  /** Events of one task in order of `seq`, each once; history arrives in batches. */
  progress: (events: ExperimentEvent[]) => void;
}
