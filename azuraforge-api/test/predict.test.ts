import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  API_BASE,
  QUEUES,
  type Forecast,
  type PredictJob,
  type PredictResult,
} from 'azuraforge-dbmodels/contract';
import BeeQueue from 'bee-queue';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApi, type TestApi } from './api.ts';
import { addExperiment, addFinished, INPUT_SCHEMA, offer, startRun, WEATHER } from './worker.ts';

const PREDICTION: Forecast = {
  pipeline_id: WEATHER.id,
  target: 'temp_max',
  unit: '°C',
  history: [{ label: '2026-01-01', value: 4 }],
  steps: [{ label: '2026-01-02', value: 5, naive: 4 }],
};

let api: TestApi;
let token: string;
let userId: string;
let queue: BeeQueue<PredictJob>;
let answerJob: (job: PredictJob) => Promise<PredictResult>;

beforeAll(async () => {
  api = await startTestApi({ predictionTimeoutMs: 1500 });
  queue = new BeeQueue<PredictJob>(QUEUES.predict, {
    redis: { url: api.redisUrl },
    removeOnSuccess: true,
    removeOnFailure: true,
  });
  queue.on('error', () => {});
  queue.process(5, (job: BeeQueue.Job<PredictJob>) => answerJob(job.data));
});
afterAll(async () => {
  await queue.close(100).catch(() => {});
  await api.close();
});
beforeEach(async () => {
  await offer(api, [WEATHER]);
  const { user, token: own } = await api.addUser();
  token = own;
  userId = user.id;
  answerJob = () => Promise.resolve({ ok: true, prediction: PREDICTION });
});

describe('a forecast', () => {
  test('comes from the worker, for a model and for its experiment', async () => {
    const { experiment, modelId } = await addFinished(api, userId);
    const jobs: PredictJob[] = [];
    answerJob = (job) => {
      jobs.push(job);
      return Promise.resolve({ ok: true, prediction: PREDICTION });
    };
    const rows = [1, 2, 3].map((temp) => ({ temp_max: temp, wind: 2, ignored: 'x' }));
    const first = await api.ask('POST', `/models/${modelId}/predict`, {
      token,
      body: { steps: 3, rows },
      headers: { 'x-request-id': 'r-1' },
    });
    expect({ status: first.status, body: first.body }).toEqual({ status: 200, body: PREDICTION });
    const second = await api.ask('POST', `/experiments/${experiment.id}/predict`, { token });
    expect(second.body).toEqual(PREDICTION);
    expect(jobs).toEqual([
      { request_id: 'r-1', model_id: modelId, input: { steps: 3, rows } },
      { request_id: expect.any(String), model_id: modelId, input: {} },
    ]);
  });

  test('goes to the one who asked for it, among many at once', async () => {
    const { modelId } = await addFinished(api, userId);
    answerJob = async ({ input }) => {
      await new Promise((resolve) => {
        setTimeout(resolve, Math.random() * 50);
      });
      return { ok: true, prediction: { ...PREDICTION, target: `steps ${String(input.steps)}` } };
    };
    // An administrator sees every model, and one account may not ask for seven at once.
    const { token: other } = await api.addUser('admin');
    const targets = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7].map(async (steps) => {
        const asked = { token: steps % 2 === 0 ? token : other, body: { steps } };
        return (await api.ask('POST', `/models/${modelId}/predict`, asked)).body.target;
      }),
    );
    expect(targets).toEqual([1, 2, 3, 4, 5, 6, 7].map((steps) => `steps ${steps}`));
  });

  test('has four places for each account, taken before the body is read', async () => {
    const { experiment, modelId } = await addFinished(api, userId);
    const path = `/models/${modelId}/predict`;
    const begun: PredictJob[] = [];
    const release = new AbortController();
    const released = once(release.signal, 'abort');
    answerJob = async (job) => {
      begun.push(job);
      await released;
      return { ok: true, prediction: PREDICTION };
    };
    const held = [1, 2, 3].map(() => api.ask('POST', path, { token }));
    const impatient = new AbortController();
    const left = fetch(`${api.url}${API_BASE}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: impatient.signal,
    });
    while (begun.length < 4) await sleep(5);
    impatient.abort();
    await expect(left).rejects.toThrow();

    const refused = await api.ask('POST', `/experiments/${experiment.id}/predict`, { token, body: '{' });
    expect(refused.body.error.code).toBe('TOO_MANY_REQUESTS');
    expect(refused.headers.get('retry-after')).toBe('5');
    const { token: other } = await api.addUser();
    expect((await api.ask('POST', path, { token: other, body: '{' })).body.error.code).toBe('MALFORMED_JSON');

    release.abort();
    for (const { status } of await Promise.all(held)) expect(status).toBe(200);
    const again = await Promise.all([1, 2, 3, 4].map(() => api.ask('POST', path, { token })));
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  const good = { temp_max: 1, wind: 2 };
  test.each<[string, unknown, string[]]>([
    ['more steps than the model can', { steps: 8 }, ['steps']],
    ['no steps', { steps: 0 }, ['steps']],
    ['steps that are null', { steps: null }, ['steps']],
    ['steps that are text', { steps: 'three' }, ['steps']],
    ['rows that are no list', { rows: good }, ['rows']],
    ['too few rows', { rows: [good] }, ['rows']],
    ['a row without a column', { rows: [good, good, good, { wind: 2 }] }, ['rows.3.temp_max']],
    ['a row with null', { rows: [good, { temp_max: null, wind: 2 }] }, ['rows.1.temp_max']],
    ['a row with text', { rows: [good, { temp_max: '7', wind: 2 }] }, ['rows.1.temp_max']],
    [
      'several mistakes',
      { rows: [good, { temp_max: 'NaN' }], steps: 9 },
      ['rows.1.temp_max', 'rows.1.wind', 'steps'],
    ],
    ['a row that is no object', { rows: [good, 5] }, ['rows.1']],
    ['a field that there is not', { row: [] }, ['row']],
  ])('is refused for %s', async (_what, body, paths) => {
    const { modelId } = await addFinished(api, userId);
    answerJob = () => Promise.reject(new Error('must not be asked'));
    const answer = await api.ask('POST', `/models/${modelId}/predict`, { token, body });
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({
      status: 422,
      code: 'PREDICTION_INPUT_INVALID',
    });
    const told = answer.body.error.details.map(({ path }: { path: string }) => path);
    expect(told.sort()).toEqual(paths);
  });

  test('cannot hold a number beyond all numbers', async () => {
    const { modelId } = await addFinished(api, userId);
    const body = '{"rows":[{"temp_max":1,"wind":2},{"temp_max":1e999,"wind":2}]}';
    const answer = await api.ask('POST', `/models/${modelId}/predict`, { token, body });
    expect(answer.body.error).toMatchObject({
      code: 'PREDICTION_INPUT_INVALID',
      details: [{ path: 'rows.1.temp_max' }],
    });
  });

  test('cannot hold NaN, which JSON has no word for', async () => {
    const { modelId } = await addFinished(api, userId);
    const body = '{"rows":[{"temp_max":NaN,"wind":1}]}';
    expect((await api.ask('POST', `/models/${modelId}/predict`, { token, body })).body.error.code).toBe(
      'MALFORMED_JSON',
    );
  });

  const IMAGES = {
    type: 'object',
    additionalProperties: false,
    required: ['rows'],
    properties: {
      rows: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          properties: {
            image: { type: 'string', contentEncoding: 'base64' },
            pixels: { type: 'array', items: { type: 'integer' } },
          },
        },
      },
    },
  };

  test('may ask about images, as large as images are', async () => {
    const { modelId } = await addFinished(api, userId, IMAGES);
    const answer = {
      pipeline_id: WEATHER.id,
      target: 'class',
      classes: ['0', '1'],
      rows: [{ label: '1', probabilities: [0.25, 0.75] }],
      naive: [0.5, 0.5],
    };
    const sizes: number[] = [];
    answerJob = ({ input }) => {
      sizes.push((input.rows as { image: string }[])[0]!.image.length);
      return Promise.resolve({ ok: true, prediction: answer });
    };
    const ask = (image: string) =>
      api.ask('POST', `/models/${modelId}/predict`, { token, body: { rows: [{ image }] } });
    const { status, body } = await ask('A'.repeat(8_000_000));
    expect({ status, body }).toEqual({ status: 200, body: answer });
    expect(sizes).toEqual([8_000_000]);
    expect((await ask('A'.repeat(17_000_000))).body.error).toMatchObject({
      code: 'BODY_TOO_LARGE',
      message: 'The body is larger than 16 MiB; send less at once.',
    });
  });

  test('is refused for more values than can be checked while others wait', async () => {
    const { modelId } = await addFinished(api, userId, IMAGES);
    const body = { rows: [{ pixels: Array.from({ length: 500_001 }).fill(0) }] };
    const { status, body: told } = await api.ask('POST', `/models/${modelId}/predict`, { token, body });
    expect({ status, code: told.error.code }).toEqual({ status: 413, code: 'BODY_TOO_LARGE' });
    expect(told.error.message).toContain('500000 values');
  });

  test('is refused while the run is not finished', async () => {
    const { id } = await addExperiment(api, userId);
    for (const state of ['PENDING', 'STARTED']) {
      if (state === 'STARTED') await startRun(api, id);
      const { status, body } = await api.ask('POST', `/experiments/${id}/predict`, { token, body: {} });
      expect({ status, code: body.error.code }).toEqual({ status: 409, code: 'EXPERIMENT_NOT_FINISHED' });
    }
  });

  test('needs a live worker with a working pipeline', async () => {
    const { modelId } = await addFinished(api, userId);
    const problem = { code: 'LOAD_FAILED', message: 'It threw.' } as const;
    for (const [entries, workers] of [
      [[], ['w1']],
      [[WEATHER], []],
      [[{ ...WEATHER, problem }], ['w1']],
    ] as const) {
      await offer(api, [...entries], [...workers]);
      const { status, body } = await api.ask('POST', `/models/${modelId}/predict`, { token, body: {} });
      expect({ status, code: body.error.code }).toEqual({ status: 503, code: 'NO_WORKER' });
    }
  });

  test('that the worker refuses or fails at is told as such', async () => {
    const { modelId } = await addFinished(api, userId);
    const ask = () => api.ask('POST', `/models/${modelId}/predict`, { token, body: {} });
    answerJob = () =>
      Promise.resolve({
        ok: false,
        code: 'PREDICTION_INPUT_INVALID',
        message: 'Rows must be in order.',
        details: [{ path: 'rows.1.date', message: 'Is older than the row before.' }],
      });
    expect((await ask()).body.error).toMatchObject({
      code: 'PREDICTION_INPUT_INVALID',
      details: [{ path: 'rows.1.date' }],
    });
    answerJob = () =>
      Promise.resolve({ ok: false, code: 'PREDICTION_FAILED', message: 'The model file is damaged.' });
    expect((await ask()).status).toBe(502);
    answerJob = () => Promise.reject(new Error('secret inside of the worker'));
    const crashed = await ask();
    expect(crashed.body.error.code).toBe('PREDICTION_FAILED');
    expect(JSON.stringify(crashed.body)).not.toContain('secret');
  });

  test('that takes too long is given up, and its job withdrawn', async () => {
    const { modelId } = await addFinished(api, userId);
    const slow = new AbortController();
    answerJob = () =>
      new Promise((resolve) => {
        slow.signal.addEventListener('abort', () => resolve({ ok: true, prediction: PREDICTION }));
      });
    const { status, body } = await api.ask('POST', `/models/${modelId}/predict`, { token, body: {} });
    expect({ status, code: body.error.code }).toEqual({ status: 504, code: 'PREDICTION_TIMEOUT' });
    expect(await queue.checkHealth()).toMatchObject({ waiting: 0 });
    slow.abort();
  });
});

describe('models', () => {
  test('are listed in pages and shown with their input schema', async () => {
    const made = [
      await addFinished(api, userId),
      await addFinished(api, userId),
      await addFinished(api, userId),
    ];
    const { body } = await api.ask('GET', '/models?limit=2', { token });
    expect(body.items.map((item: { id: string }) => item.id)).toEqual([made[2]!.modelId, made[1]!.modelId]);
    const rest = await api.ask('GET', `/models?limit=2&cursor=${body.next_cursor}`, { token });
    expect(rest.body.items.map((item: { id: string }) => item.id)).toEqual([made[0]!.modelId]);
    expect(rest.body.next_cursor).toBeNull();
    const shown = await api.ask('GET', `/models/${made[0]!.modelId}`, { token });
    expect(shown.body).toMatchObject({
      experiment_id: made[0]!.experiment.id,
      input_schema: INPUT_SCHEMA,
      size_bytes: 4096,
    });
  });

  test('that are not there are told apart from those that are', async () => {
    const { status, body } = await api.ask('GET', '/models/none', { token });
    expect({ status, code: body.error.code }).toEqual({ status: 404, code: 'MODEL_NOT_FOUND' });
  });
});
