import type { Items, PipelineDetail, PipelineListItem } from 'azuraforge-dbmodels/contract';
import type { OfferedPipeline } from '../../catalog.ts';
import { ApiError } from '../../error.ts';
import { protectedRoute, type Route } from '../../http/route.ts';
import { PipelineDetailSchema, PipelineListSchema } from '../../openapi/pipeline.ts';
import type { Services } from '../../services.ts';
import { presentPipelineDetail, presentPipelineListItem } from './presenter.ts';

const list = protectedRoute({
  method: 'get',
  path: '/pipelines',
  operationId: 'listPipelines',
  tag: 'pipelines',
  summary: 'Pipelines that can be run now',
  description: 'What live workers offer. A pipeline that does not load is listed with its problem.',
  permission: 'pipelines:read',
  answer: { status: 200, schema: PipelineListSchema, description: 'All pipelines, by id.' },
  errors: [],
  async handle({ services }): Promise<Items<PipelineListItem>> {
    const pipelines = await services.catalog.list();
    return { items: pipelines.map((pipeline) => presentPipelineListItem(pipeline)) };
  },
});

const show = protectedRoute({
  method: 'get',
  path: '/pipelines/{id}',
  operationId: 'getPipeline',
  tag: 'pipelines',
  summary: 'One pipeline with its form',
  permission: 'pipelines:read',
  answer: {
    status: 200,
    schema: PipelineDetailSchema,
    description: 'With configuration schema and default configuration.',
  },
  errors: ['PIPELINE_NOT_FOUND'],
  async handle({ id, services }): Promise<PipelineDetail> {
    return presentPipelineDetail(await findPipeline(services, id));
  },
});

export const pipelineRoutes: Route[] = [list, show];

/** Throws PIPELINE_NOT_FOUND when no live worker offers it. */
export async function findPipeline({ catalog }: Services, id: string): Promise<OfferedPipeline> {
  const pipeline = await catalog.find(id);
  if (pipeline) return pipeline;
  throw new ApiError(
    'PIPELINE_NOT_FOUND',
    `No running worker offers a pipeline ${JSON.stringify(id)}; choose one of GET /api/v1/pipelines, or install its package and restart the worker.`,
  );
}
