import type { RunError } from './error.ts';
import type { ReportSummary } from './report.ts';

export const EXPERIMENT_STATUSES = ['PENDING', 'STARTED', 'SUCCESS', 'FAILURE', 'CANCELLED'] as const;
export type ExperimentStatus = (typeof EXPERIMENT_STATUSES)[number];

export const TERMINAL_STATUSES = [
  'SUCCESS',
  'FAILURE',
  'CANCELLED',
] as const satisfies readonly ExperimentStatus[];

export function isTerminal(status: ExperimentStatus): boolean {
  return (TERMINAL_STATUSES as readonly ExperimentStatus[]).includes(status);
}

/** Where a run stands; the last stored progress, so that a list needs no event history. */
export interface ExperimentProgress {
  /** 0 to 1 over the whole run. */
  fraction: number;
  epoch: number;
  epochs: number;
}

/** An experiment as every list shows it. */
export interface ExperimentListItem {
  id: string;
  task_id: string;
  name: string;
  pipeline_id: string;
  status: ExperimentStatus;
  attempt: number;
  progress: ExperimentProgress | null;
  summary: ReportSummary | null;
  error: RunError | null;
  device: string | null;
  adapter: string | null;
  model_id: string | null;
  created_by: string;
  cancel_requested: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

/** One experiment, whole. */
export interface ExperimentDetail extends ExperimentListItem {
  config: Record<string, unknown>;
  plugin: { name: string; version: string };
  last_seq: number;
}
