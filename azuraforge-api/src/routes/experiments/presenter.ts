import type { Experiment } from 'azuraforge-dbmodels';
import type { ExperimentDetail, ExperimentListItem } from 'azuraforge-dbmodels/contract';

/** `experiment` comes with its `owner` and `model`. */
export function presentExperimentListItem(experiment: Experiment): ExperimentListItem {
  return {
    id: experiment.id,
    task_id: experiment.taskId,
    name: experiment.name,
    pipeline_id: experiment.pipelineId,
    status: experiment.status,
    attempt: experiment.attempt,
    progress: experiment.progress,
    summary: experiment.summary,
    error: experiment.error,
    device: experiment.device,
    adapter: experiment.adapter,
    model_id: experiment.model?.id ?? null,
    created_by: experiment.owner?.username ?? '',
    cancel_requested: experiment.cancelRequestedAt !== null,
    created_at: experiment.createdAt.toISOString(),
    started_at: experiment.startedAt?.toISOString() ?? null,
    finished_at: experiment.finishedAt?.toISOString() ?? null,
  };
}

export function presentExperimentDetail(experiment: Experiment): ExperimentDetail {
  return {
    ...presentExperimentListItem(experiment),
    config: experiment.config,
    plugin: { name: experiment.pluginName, version: experiment.pluginVersion },
    last_seq: experiment.lastSeq,
  };
}
