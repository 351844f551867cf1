import {
  PIPELINES_CATALOG,
  WORKER_TTL_SECONDS,
  workerKey,
  type CatalogEntry,
  type JsonSchema,
  type Report,
} from 'azuraforge-dbmodels/contract';
import {
  claimExperiment,
  createExperiment,
  finishExperiment,
  Model,
  type Experiment,
} from 'azuraforge-dbmodels';
import type { TestApi } from './api.ts';

export const WEATHER: CatalogEntry = {
  id: 'weather_forecaster',
  plugin: {
    name: 'app-weather-forecaster',
    version: '1.2.3',
    display_name: 'Weather forecaster',
    description: 'Forecasts the weather.',
    categories: ['time-series'],
  },
  icon: null,
  config_schema: {
    type: 'object',
    required: ['epochs', 'optimizer', 'model'],
    additionalProperties: false,
    properties: {
      epochs: { type: 'integer', minimum: 1, maximum: 500, default: 20 },
      optimizer: { enum: ['adam', 'sgd'], default: 'adam' },
      seed: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
      model: {
        type: 'object',
        required: ['hidden', 'layers'],
        additionalProperties: false,
        properties: { hidden: { type: 'integer', minimum: 1 }, layers: { type: 'integer', minimum: 1 } },
      },
    },
  },
  default_config: { epochs: 20, optimizer: 'adam', model: { hidden: 32, layers: 1 } },
  problem: null,
  workers: ['w1'],
};

export const BROKEN: CatalogEntry = {
  ...WEATHER,
  id: 'broken_one',
  config_schema: null,
  default_config: null,
  problem: { code: 'LOAD_FAILED', message: 'Cannot find module "./gone.js".' },
};

/** Puts a catalogue and heartbeats into Redis, as workers do. */
export async function offer(
  api: TestApi,
  entries: CatalogEntry[],
  liveWorkers: string[] = ['w1'],
): Promise<void> {
  await api.redis.del(PIPELINES_CATALOG);
  for (const entry of entries) await api.redis.hSet(PIPELINES_CATALOG, entry.id, JSON.stringify(entry));
  for (const id of ['w1', 'w2']) await api.redis.del(workerKey(id));
  for (const id of liveWorkers) await api.redis.set(workerKey(id), '{}', { EX: WORKER_TTL_SECONDS * 100 });
}

export function addExperiment(
  api: TestApi,
  ownerId: string,
  name = 'A run',
  pipelineId = WEATHER.id,
): Promise<Experiment> {
  return createExperiment(api.database, {
    ownerId,
    name,
    pipelineId,
    plugin: { name: WEATHER.plugin.name, version: WEATHER.plugin.version },
    config: { epochs: 2 },
  }).then(({ experiment }) => experiment);
}

export function startRun(api: TestApi, experimentId: string): Promise<unknown> {
  return claimExperiment(api.database, { experimentId, workerId: 'w1', leaseSeconds: 60, maxAttempts: 3 });
}

export const REPORT: Report = {
  version: 1,
  pipeline_id: WEATHER.id,
  created_at: '2026-11-20T00:00:00.000Z',
  summary: { metric: 'mae', model: 2, naive: 3, unit: '°C', verdict: 'better' },
  sections: [
    { kind: 'note', id: 'verdict', title: { en: 'Verdict', tr: 'Karar' }, tone: 'good', text: 'Good.' },
  ],
};

export const INPUT_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    steps: { type: 'integer', minimum: 1, maximum: 7 },
    rows: {
      type: 'array',
      minItems: 2,
      items: {
        type: 'object',
        required: ['temp_max', 'wind'],
        properties: { temp_max: { type: 'number' }, wind: { type: 'number' } },
      },
    },
  },
};

/** A run that ended well, with its model. */
export async function addFinished(
  api: TestApi,
  ownerId: string,
  inputSchema: JsonSchema = INPUT_SCHEMA,
): Promise<{ experiment: Experiment; modelId: string }> {
  const experiment = await addExperiment(api, ownerId);
  await startRun(api, experiment.id);
  await finishExperiment(api.database, {
    experimentId: experiment.id,
    attempt: 1,
    outcome: {
      status: 'SUCCESS',
      report: REPORT,
      summary: REPORT.summary,
      model: { inputSchema, sizeBytes: 4096 },
    },
  });
  const { id } = await api.database.getRepository(Model).findOneByOrFail({ experimentId: experiment.id });
  return { experiment, modelId: id };
}
