import type { PipelineDetail, PipelineListItem } from 'azuraforge-dbmodels/contract';
import type { OfferedPipeline } from '../../catalog.ts';

export function presentPipelineListItem({ entry, liveWorkers }: OfferedPipeline): PipelineListItem {
  return {
    id: entry.id,
    plugin: {
      name: entry.plugin.name,
      version: entry.plugin.version,
      display_name: entry.plugin.display_name,
      description: entry.plugin.description,
      categories: entry.plugin.categories,
    },
    icon: entry.icon,
    status: entry.problem ? 'broken' : 'ready',
    problem: entry.problem && { code: entry.problem.code, message: entry.problem.message },
    workers: liveWorkers,
  };
}

export function presentPipelineDetail(pipeline: OfferedPipeline): PipelineDetail {
  const { config_schema, default_config } = pipeline.entry;
  return { ...presentPipelineListItem(pipeline), config_schema, default_config };
}
