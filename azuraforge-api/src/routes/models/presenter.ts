import type { Model } from 'azuraforge-dbmodels';
import type { ModelDetail, ModelListItem } from 'azuraforge-dbmodels/contract';

export function presentModelListItem(model: Model): ModelListItem {
  return {
    id: model.id,
    experiment_id: model.experimentId,
    pipeline_id: model.pipelineId,
    name: model.name,
    summary: model.summary,
    created_at: model.createdAt.toISOString(),
  };
}

export function presentModelDetail(model: Model): ModelDetail {
  return { ...presentModelListItem(model), input_schema: model.inputSchema, size_bytes: model.sizeBytes };
}
