import { createExperiment } from 'azuraforge-dbmodels';
import type { CreateExperimentAnswer, TrainJob } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../error.ts';
import { protectedRoute } from '../../http/route.ts';
import { reasonOf } from '../../logger.ts';
import { CreateExperimentAnswerSchema, CreateExperimentRequestSchema } from '../../openapi/experiment.ts';
import { publishEvents } from '../../publish.ts';
import type { Services } from '../../services.ts';
import { findPipeline } from '../pipelines/routes.ts';
import { completeConfig } from './config.ts';
import { CreateExperimentBody } from './dto.ts';

/** The answer does not wait longer for Redis: the run is safe in Postgres. */
const WAKE_TIMEOUT_MS = 1000;

export const create = protectedRoute<CreateExperimentBody>({
  method: 'post',
  path: '/experiments',
  operationId: 'createExperiment',
  tag: 'experiments',
  summary: 'Start an experiment',
  description: "The configuration is merged over the pipeline's defaults. Follow the run by its `task_id`.",
  permission: 'experiments:write',
  body: {
    dto: CreateExperimentBody,
    schema: CreateExperimentRequestSchema,
    example: { pipeline_id: 'weather_forecaster', name: 'Rain in Seattle', config: { epochs: 5 } },
  },
  answer: {
    status: 202,
    schema: CreateExperimentAnswerSchema,
    description: 'Stored and waiting for a worker.',
  },
  errors: ['PIPELINE_NOT_FOUND', 'PIPELINE_BROKEN', 'CONFIG_INVALID'],
  async handle({ user, body, services }): Promise<CreateExperimentAnswer> {
    const { entry } = await findPipeline(services, body.pipeline_id);
    if (entry.problem) {
      throw new ApiError(
        'PIPELINE_BROKEN',
        `This pipeline does not load: ${entry.problem.message} Mend or update its package, then restart the worker.`,
      );
    }
    const config = completeConfig(entry, body.config);

    const { experiment, events } = await createExperiment(services.database, {
      ownerId: user.id,
      name: body.name?.trim() ?? entry.plugin.display_name,
      pipelineId: entry.id,
      plugin: { name: entry.plugin.name, version: entry.plugin.version },
      config,
    });
    services.metrics.experiments.inc({ pipeline_id: entry.id });
    await publishEvents(services, events);
    await wakeWorker(services, { experiment_id: experiment.id, task_id: experiment.taskId });
    return { experiment_id: experiment.id, task_id: experiment.taskId };
  },
});

/** When Redis is away the run waits in Postgres, where the workers look for runs that nobody holds. */
async function wakeWorker({ trainQueue, log }: Services, job: TrainJob): Promise<void> {
  try {
    await trainQueue.add(job.experiment_id, job, WAKE_TIMEOUT_MS);
  } catch (error) {
    log.warn('A run could not be queued; a worker will find it in Postgres', {
      experiment_id: job.experiment_id,
      reason: reasonOf(error),
    });
  }
}
