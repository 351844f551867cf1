import { randomUUID } from 'node:crypto';
import { appendEvent, Experiment, finishExperiment, listEvents } from 'azuraforge-dbmodels';
import { CANCEL_CHANNEL, QUEUES, taskProgressChannel, type TrainJob } from 'azuraforge-dbmodels/contract';
import BeeQueue from 'bee-queue';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApi, type TestApi } from './api.ts';
import { addExperiment, addFinished, BROKEN, offer, REPORT, startRun, WEATHER } from './worker.ts';

let api: TestApi;
let token: string;
let userId: string;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await offer(api, [WEATHER, BROKEN]);
  const { user, token: own } = await api.addUser();
  token = own;
  userId = user.id;
});

const create = (body: unknown) => api.ask('POST', '/experiments', { token, body });

describe('starting an experiment', () => {
  test('stores it, tells its event, wakes a worker and answers at once', async () => {
    const messages: string[] = [];
    const listener = api.redis.duplicate();
    await listener.connect();
    await listener.pSubscribe(taskProgressChannel('*'), (message) => messages.push(message));
    const queue = new BeeQueue<TrainJob>(QUEUES.train, {
      redis: { url: api.redisUrl },
      removeOnSuccess: true,
    });
    const job = new Promise<TrainJob>((resolve) => {
      queue.process((each) => {
        resolve(each.data);
        return Promise.resolve();
      });
    });

    const { status, body } = await create({
      pipeline_id: WEATHER.id,
      config: { epochs: 5, model: { hidden: 8 } },
    });
    expect(status).toBe(202);
    expect(await job).toEqual(body);
    const stored = await api.database.getRepository(Experiment).findOneByOrFail({ id: body.experiment_id });
    expect(stored).toMatchObject({
      ownerId: userId,
      taskId: body.task_id,
      status: 'PENDING',
      name: 'Weather forecaster',
      pluginName: 'app-weather-forecaster',
      pluginVersion: '1.2.3',
      config: { epochs: 5, optimizer: 'adam', model: { hidden: 8, layers: 1 } },
    });
    expect(JSON.parse(messages[0]!)).toMatchObject({ seq: 1, body: { type: 'status', status: 'PENDING' } });
    await queue.close();
    listener.destroy();
  });

  test.each<[string, unknown, { path: string; keyword: string; params?: object }[]]>([
    ['below its minimum', { epochs: 0 }, [{ path: 'epochs', keyword: 'minimum', params: { limit: 1 } }]],
    ['of the wrong type', { epochs: 'many' }, [{ path: 'epochs', keyword: 'type' }]],
    ['null', { epochs: null }, [{ path: 'epochs', keyword: 'type' }]],
    [
      'not offered',
      { optimizer: 'magic' },
      [{ path: 'optimizer', keyword: 'enum', params: { allowed: ['adam', 'sgd'] } }],
    ],
    ['unknown', { epoch: 3 }, [{ path: 'epoch', keyword: 'additionalProperties' }]],
    ['nested', { model: { hidden: 0 } }, [{ path: 'model.hidden', keyword: 'minimum' }]],
    ['out of range in one of several forms', { seed: -1 }, [{ path: 'seed', keyword: 'minimum' }]],
    ['of none of several forms', { seed: 'x' }, [{ path: 'seed', keyword: 'anyOf' }]],
    [
      'called __proto__',
      JSON.parse('{"__proto__":{"epochs":3}}'),
      [{ path: '__proto__', keyword: 'additionalProperties' }],
    ],
    [
      'several at once',
      { epochs: 0, optimizer: 'x' },
      [
        { path: 'epochs', keyword: 'minimum' },
        { path: 'optimizer', keyword: 'enum' },
      ],
    ],
  ])('refuses a field that is %s, and writes nothing', async (_what, config, details) => {
    const before = await api.countExperiments();
    const { status, body } = await create({ pipeline_id: WEATHER.id, config });
    expect({ status, code: body.error.code }).toEqual({ status: 422, code: 'CONFIG_INVALID' });
    expect(body.error.details).toHaveLength(details.length);
    for (const detail of details) {
      const { params, ...rest } = detail;
      const found = body.error.details.find((each: { path: string }) => each.path === detail.path);
      expect(found).toMatchObject({ ...rest, ...(params && { params: expect.objectContaining(params) }) });
      expect(found.message).toMatch(/^[A-Z].*\.$/);
    }
    expect(await api.countExperiments()).toBe(before);
  });

  test.each<[string, unknown, string, string]>([
    ['an unknown pipeline', { pipeline_id: 'nothing' }, 'PIPELINE_NOT_FOUND', ''],
    ['a broken pipeline', { pipeline_id: BROKEN.id }, 'PIPELINE_BROKEN', ''],
    ['no pipeline', {}, 'VALIDATION_FAILED', 'pipeline_id'],
    ['a field that there is not', { pipeline_id: WEATHER.id, epochs: 3 }, 'VALIDATION_FAILED', 'epochs'],
    ['a config that is a list', { pipeline_id: WEATHER.id, config: [] }, 'VALIDATION_FAILED', 'config'],
    ['a config that is null', { pipeline_id: WEATHER.id, config: null }, 'VALIDATION_FAILED', 'config'],
    ['a name with NUL in it', { pipeline_id: WEATHER.id, name: 'a\0b' }, 'VALIDATION_FAILED', 'name'],
    [
      'a name that is too long',
      { pipeline_id: WEATHER.id, name: 'x'.repeat(201) },
      'VALIDATION_FAILED',
      'name',
    ],
    ['a body that is no object', [1], 'VALIDATION_FAILED', ''],
  ])('refuses %s, and writes nothing', async (_what, request, code, path) => {
    const before = await api.countExperiments();
    const { body } = await create(request);
    expect(body.error.code).toBe(code);
    if (path) expect(body.error.details).toEqual([expect.objectContaining({ path })]);
    expect(await api.countExperiments()).toBe(before);
  });

  test('refuses fields that a careless schema does not name', async () => {
    const config_schema = { type: 'object', properties: { epochs: { type: 'integer' } } };
    await offer(api, [{ ...WEATHER, config_schema, default_config: { epochs: 1 } }]);
    const { body } = await create({ pipeline_id: WEATHER.id, config: { epocs: 2 } });
    expect(body.error).toMatchObject({ code: 'CONFIG_INVALID', details: [{ path: 'epocs' }] });
  });
});

test('a wrong field is found behind any number of unknown ones, and nothing is written', async () => {
  const before = await api.countExperiments();
  for (const count of [1, 60, 500]) {
    const unknown = Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, 1]));
    const { status, body } = await create({ pipeline_id: WEATHER.id, config: { ...unknown, epochs: 0 } });
    expect({ status, code: body.error.code }).toEqual({ status: 422, code: 'CONFIG_INVALID' });
    expect(body.error.details[0]).toMatchObject({ keyword: 'additionalProperties' });
    expect(body.error.details.length).toBe(Math.min(count + 1, 50));
  }
  expect(await api.countExperiments()).toBe(before);
});

describe('reading experiments', () => {
  test('pages newest first without gaps or doubles while rows are added', async () => {
    const made: string[] = [];
    for (let index = 0; index < 25; index += 1)
      made.unshift((await addExperiment(api, userId, `run ${index}`)).id);
    // Rows of the same millisecond must not get lost between pages either.
    await api.database.query(`UPDATE experiments SET created_at = '2026-01-01' WHERE id = ANY($1)`, [
      made.slice(5, 15),
    ]);

    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await api.ask('GET', `/experiments?limit=4${cursor && `&cursor=${cursor}`}`, {
        token,
      });
      seen.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.next_cursor;
      if (seen.length === 8) await addExperiment(api, userId, 'meanwhile');
    }
    expect(new Set(seen)).toEqual(new Set(made));
    expect(seen).toHaveLength(25);
  });

  test('filters by status and pipeline', async () => {
    const { experiment } = await addFinished(api, userId);
    await addExperiment(api, userId, 'other', 'stock_predictor');
    const ids = async (query: string) =>
      (await api.ask('GET', `/experiments?${query}`, { token })).body.items.map(
        (item: { id: string }) => item.id,
      );
    expect(await ids('status=SUCCESS')).toEqual([experiment.id]);
    expect(await ids(`pipeline_id=${WEATHER.id}&status=SUCCESS`)).toEqual([experiment.id]);
    expect(await ids('pipeline_id=stock_predictor')).toHaveLength(1);
    expect(await ids('status=FAILURE')).toEqual([]);
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=',
    'status=DONE',
    'status=SUCCESS&status=FAILURE',
    'cursor=abc',
    'sort=name',
    'pipeline_id=a%00b',
  ])('refuses the query %s', async (query) => {
    const { status, body } = await api.ask('GET', `/experiments?${query}`, { token });
    expect({ status, code: body.error.code }).toEqual({ status: 422, code: 'VALIDATION_FAILED' });
    expect(body.error.details[0].path).toBe(query.split('=')[0]);
  });

  test('shows one whole, with its model when there is one', async () => {
    const { experiment, modelId } = await addFinished(api, userId);
    const { body } = await api.ask('GET', `/experiments/${experiment.id}`, { token });
    expect(body).toMatchObject({
      id: experiment.id,
      status: 'SUCCESS',
      model_id: modelId,
      summary: REPORT.summary,
      config: { epochs: 2 },
      plugin: { name: 'app-weather-forecaster', version: '1.2.3' },
      last_seq: 3,
      cancel_requested: false,
    });
  });

  test('shows members their own alone and administrators all', async () => {
    const { experiment, modelId } = await addFinished(api, userId);
    const stranger = await api.addUser();
    const admin = await api.addUser('admin');
    const paths = ['', '/events', '/report'].map((end) => `/experiments/${experiment.id}${end}`);
    for (const path of [...paths, `/models/${modelId}`]) {
      expect((await api.ask('GET', path, { token: stranger.token })).status).toBe(404);
      expect((await api.ask('GET', path, { token: admin.token })).status).toBe(200);
    }
    for (const path of [
      `/experiments/${experiment.id}/cancel`,
      `/experiments/${experiment.id}/predict`,
      `/models/${modelId}/predict`,
    ]) {
      expect((await api.ask('POST', path, { token: stranger.token })).status).toBe(404);
    }
    for (const list of ['/experiments', '/models']) {
      expect((await api.ask('GET', list, { token: stranger.token })).body.items).toEqual([]);
      expect((await api.ask('GET', list, { token: admin.token })).body.items.length).toBeGreaterThan(0);
    }
  });

  test.each(['not-an-id', randomUUID(), '..%2f..%2fetc', '%00'])('knows no experiment %s', async (id) => {
    for (const end of ['', '/events', '/report']) {
      const { status, body } = await api.ask('GET', `/experiments/${id}${end}`, { token });
      expect({ status, code: body.error.code }).toEqual({ status: 404, code: 'EXPERIMENT_NOT_FOUND' });
    }
    for (const end of ['/cancel', '/predict']) {
      expect((await api.ask('POST', `/experiments/${id}${end}`, { token })).body.error.code).toBe(
        'EXPERIMENT_NOT_FOUND',
      );
    }
  });

  test('gives the history in slices', async () => {
    const { id } = await addExperiment(api, userId);
    await startRun(api, id);
    for (let index = 0; index < 4; index += 1) {
      await appendEvent(api.database, {
        experimentId: id,
        attempt: 1,
        body: { type: 'log', level: 'info', message: `${index}` },
      });
    }
    const { body } = await api.ask('GET', `/experiments/${id}/events?after_seq=2&limit=3`, { token });
    expect(body.items.map((event: { seq: number }) => event.seq)).toEqual([3, 4, 5]);
    expect((await api.ask('GET', `/experiments/${id}/events?after_seq=6`, { token })).body.items).toEqual([]);
    expect((await api.ask('GET', `/experiments/${id}/events?after_seq=-1`, { token })).status).toBe(422);
    expect((await api.ask('GET', `/experiments/${id}/events?after_seq=9999999999`, { token })).status).toBe(
      422,
    );
  });

  test('gives the report when there is one', async () => {
    const { experiment } = await addFinished(api, userId);
    expect((await api.ask('GET', `/experiments/${experiment.id}/report`, { token })).body).toEqual(REPORT);
    const waiting = await addExperiment(api, userId);
    const { status, body } = await api.ask('GET', `/experiments/${waiting.id}/report`, { token });
    expect({ status, code: body.error.code }).toEqual({ status: 409, code: 'REPORT_NOT_AVAILABLE' });
  });

  test('tells why a run failed', async () => {
    const { id } = await addExperiment(api, userId);
    await startRun(api, id);
    const error = { code: 'PIPELINE_ERROR', message: 'The file has no column "rain".' } as const;
    await finishExperiment(api.database, {
      experimentId: id,
      attempt: 1,
      outcome: { status: 'FAILURE', error },
    });
    expect((await api.ask('GET', `/experiments/${id}`, { token })).body).toMatchObject({
      status: 'FAILURE',
      error,
    });
  });
});

describe('cancelling an experiment', () => {
  test('ends a waiting one at once', async () => {
    const { id } = await addExperiment(api, userId);
    const { status, body } = await api.ask('POST', `/experiments/${id}/cancel`, { token });
    expect({ status, is: body.status }).toEqual({ status: 202, is: 'CANCELLED' });
    const again = await api.ask('POST', `/experiments/${id}/cancel`, { token });
    expect(again.body.error.code).toBe('EXPERIMENT_ALREADY_FINISHED');
    expect(
      (await listEvents(api.database, { experimentId: id, afterSeq: 0, limit: 10 })).map(
        (event) => event.seq,
      ),
    ).toEqual([1, 2]);
  });

  test('asks the workers to stop a started one', async () => {
    const { id } = await addExperiment(api, userId);
    await startRun(api, id);
    const listener = api.redis.duplicate();
    await listener.connect();
    const asked = new Promise<string>((resolve) => {
      void listener.subscribe(CANCEL_CHANNEL, resolve);
    });
    const { body } = await api.ask('POST', `/experiments/${id}/cancel`, { token });
    expect(body).toMatchObject({ status: 'STARTED', cancel_requested: true });
    expect(JSON.parse(await asked)).toEqual({ experiment_id: id });
    expect((await api.ask('POST', `/experiments/${id}/cancel`, { token })).status).toBe(202);
    listener.destroy();
  });
});
