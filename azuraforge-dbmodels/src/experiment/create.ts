import type { ExperimentEvent } from '../contract/event.ts';
import type { Database } from '../database.ts';
import { Experiment } from '../entity/experiment.ts';
import { toJsonb } from '../jsonb.ts';
import { toExperimentEvent, type EventRow } from './event-row.ts';

export interface NewExperiment {
  ownerId: string;
  name: string;
  pipelineId: string;
  plugin: { name: string; version: string };
  /** Already merged over the defaults and checked against the pipeline's schema. */
  config: Record<string, unknown>;
}

/** Stores a run as PENDING together with its first event. The caller publishes the event, then wakes a worker. */
export async function createExperiment(
  db: Database,
  { ownerId, name, pipelineId, plugin, config }: NewExperiment,
): Promise<{ experiment: Experiment; events: ExperimentEvent[] }> {
  return db.transaction(async (transaction) => {
    const [row] = await transaction.query<EventRow[]>(
      `WITH run AS (
         INSERT INTO experiments (owner_id, name, pipeline_id, plugin_name, plugin_version, config, last_seq)
         VALUES ($1, $2, $3, $4, $5, $6, 1)
         RETURNING id, task_id
       ), event AS (
         INSERT INTO experiment_events (experiment_id, seq, attempt, type, body)
         SELECT id, 1, 0, 'status', '{"type": "status", "status": "PENDING"}' FROM run
         RETURNING experiment_id, seq, attempt, at, body
       )
       SELECT event.*, run.task_id FROM event, run`,
      [ownerId, name, pipelineId, plugin.name, plugin.version, toJsonb(config)],
    );
    const event = toExperimentEvent(row!);
    const experiment = await transaction.findOneByOrFail(Experiment, { id: event.experiment_id });
    return { experiment, events: [event] };
  });
}
