import { Experiment, listEvents, requestCancel } from 'azuraforge-dbmodels';
import {
  PAGE_LIMIT,
  type ExperimentDetail,
  type ExperimentEvent,
  type ExperimentListItem,
  type Items,
  type Page,
  type Report,
} from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../error.ts';
import { protectedRoute, type Route } from '../../http/route.ts';
import { EventListSchema } from '../../openapi/event.ts';
import { ExperimentDetailSchema, ExperimentPageSchema } from '../../openapi/experiment.ts';
import { ReportSchema } from '../../openapi/report.ts';
import { readPage } from '../../page.ts';
import { publishCancel, publishEvents } from '../../publish.ts';
import { create } from './create.ts';
import { EventListQuery, ExperimentListQuery } from './dto.ts';
import { findExperiment, visibleExperiments } from './find.ts';
import { predictFromExperiment } from './predict.ts';
import { presentExperimentDetail, presentExperimentListItem } from './presenter.ts';

const DEFAULT_EVENT_LIMIT = 200;

const list = protectedRoute<object, ExperimentListQuery>({
  method: 'get',
  path: '/experiments',
  operationId: 'listExperiments',
  tag: 'experiments',
  summary: 'Experiments, newest first',
  description: 'Members see their own, administrators all.',
  permission: 'experiments:read',
  query: ExperimentListQuery,
  answer: { status: 200, schema: ExperimentPageSchema, description: 'One page.' },
  errors: [],
  handle({ user, query, services }): Promise<Page<ExperimentListItem>> {
    const rows = visibleExperiments(services, user);
    if (query.status) rows.andWhere('row.status = :status', { status: query.status });
    if (query.pipeline_id) rows.andWhere('row.pipelineId = :pipelineId', { pipelineId: query.pipeline_id });
    const { cursor, limit = PAGE_LIMIT.default } = query;
    return readPage(rows, { cursor, limit }, presentExperimentListItem);
  },
});

const show = protectedRoute({
  method: 'get',
  path: '/experiments/{id}',
  operationId: 'getExperiment',
  tag: 'experiments',
  summary: 'One experiment',
  permission: 'experiments:read',
  answer: {
    status: 200,
    schema: ExperimentDetailSchema,
    description: 'The experiment with its configuration.',
  },
  errors: ['EXPERIMENT_NOT_FOUND'],
  async handle({ user, id, services }): Promise<ExperimentDetail> {
    return presentExperimentDetail(await findExperiment(services, user, id));
  },
});

const cancel = protectedRoute({
  method: 'post',
  path: '/experiments/{id}/cancel',
  operationId: 'cancelExperiment',
  tag: 'experiments',
  summary: 'Stop an experiment',
  description: 'A waiting run ends at once; a started one is asked to stop and ends as CANCELLED soon after.',
  permission: 'experiments:write',
  answer: { status: 202, schema: ExperimentDetailSchema, description: 'The experiment after the request.' },
  errors: ['EXPERIMENT_NOT_FOUND', 'EXPERIMENT_ALREADY_FINISHED'],
  async handle({ user, id, services }): Promise<ExperimentDetail> {
    const experiment = await findExperiment(services, user, id);
    const result = await requestCancel(services.database, { experimentId: experiment.id });
    if (result?.event) await publishEvents(services, [result.event]);
    else if (result?.status === 'STARTED') await publishCancel(services, experiment.id);
    else
      throw new ApiError(
        'EXPERIMENT_ALREADY_FINISHED',
        'This experiment has already ended; there is nothing to stop.',
      );
    return presentExperimentDetail(await findExperiment(services, user, id));
  },
});

const events = protectedRoute<object, EventListQuery>({
  method: 'get',
  path: '/experiments/{id}/events',
  operationId: 'listExperimentEvents',
  tag: 'experiments',
  summary: 'The history of an experiment',
  description: 'In order of `seq`; ask again with `after_seq` set to the last one until the list is empty.',
  permission: 'experiments:read',
  query: EventListQuery,
  answer: {
    status: 200,
    schema: EventListSchema,
    description: 'Events with a higher `seq` than `after_seq`.',
  },
  errors: ['EXPERIMENT_NOT_FOUND'],
  async handle({ user, id, query, services }): Promise<Items<ExperimentEvent>> {
    const experiment = await findExperiment(services, user, id);
    const { after_seq: afterSeq = 0, limit = DEFAULT_EVENT_LIMIT } = query;
    return { items: await listEvents(services.database, { experimentId: experiment.id, afterSeq, limit }) };
  },
});

const report = protectedRoute({
  method: 'get',
  path: '/experiments/{id}/report',
  operationId: 'getExperimentReport',
  tag: 'experiments',
  summary: 'The report of a finished experiment',
  permission: 'experiments:read',
  answer: {
    status: 200,
    schema: ReportSchema,
    description: 'Scores beside the naive forecasts, charts and facts.',
  },
  errors: ['EXPERIMENT_NOT_FOUND', 'REPORT_NOT_AVAILABLE'],
  async handle({ user, id, services }): Promise<Report> {
    const experiment = await findExperiment(services, user, id);
    const found = await services.database
      .getRepository(Experiment)
      .findOne({ where: { id: experiment.id }, select: { id: true, report: true } });
    if (found?.report) return found.report;
    throw new ApiError(
      'REPORT_NOT_AVAILABLE',
      `This experiment has no report: it is ${experiment.status}. A report appears when a run ends in SUCCESS.`,
    );
  },
});

export const experimentRoutes: Route[] = [create, list, show, cancel, events, report, predictFromExperiment];
