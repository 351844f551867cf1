import type { ExperimentEvent, ExperimentEventBody } from '../contract/event.ts';

/** An event as the SQL of this folder selects it. */
export interface EventRow {
  experiment_id: string;
  task_id: string;
  seq: number;
  attempt: number;
  at: Date;
  body: ExperimentEventBody;
}

export function toExperimentEvent(row: EventRow): ExperimentEvent {
  return {
    experiment_id: row.experiment_id,
    task_id: row.task_id,
    seq: row.seq,
    attempt: row.attempt,
    at: row.at.toISOString(),
    body: row.body,
  };
}
