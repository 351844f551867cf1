import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Experiment, runMigrations } from 'azuraforge-dbmodels';
import { QUEUES, type PredictJob, type TrainJob } from 'azuraforge-dbmodels/contract';
import { startPostgres } from 'azuraforge-stores';
import BeeQueue from 'bee-queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isStoreAway } from '../src/error.ts';
import { PASSWORD, startTestApi, type TestApi } from './api.ts';
import { addFinished, offer, WEATHER } from './worker.ts';

let api: TestApi;
let token: string;
let userId: string;
let redisIsUp = true;

beforeAll(async () => {
  api = await startTestApi({ predictionTimeoutMs: 3000 });
});
afterAll(() => api.close());
beforeEach(async () => {
  const { user, token: own } = await api.addUser();
  token = own;
  userId = user.id;
});
afterEach(async () => {
  if (!redisIsUp) await back();
});

async function away(): Promise<void> {
  await api.stopRedis();
  redisIsUp = false;
}

async function back(): Promise<void> {
  await api.startRedis();
  redisIsUp = true;
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if ((await api.ask('GET', '/readyz')).status === 200 && api.redis.isReady) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error('The API did not find Redis again.');
}

const start = () => api.ask('POST', '/experiments', { token, body: { pipeline_id: WEATHER.id } });

describe('without Redis', () => {
  test('the API lives, says what is missing, and serves what Postgres knows', async () => {
    const { experiment } = await addFinished(api, userId);
    await away();
    expect((await api.ask('GET', '/healthz')).status).toBe(200);
    const ready = await api.ask('GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(ready.body.error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: [{ path: 'redis' }] });
    expect((await api.ask('GET', '/experiments', { token })).body.items).toHaveLength(1);
    expect((await api.ask('GET', `/experiments/${experiment.id}/report`, { token })).status).toBe(200);
    const pipelines = await api.ask('GET', '/pipelines', { token });
    expect({ status: pipelines.status, code: pipelines.body.error.code }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(pipelines.headers.get('retry-after')).toBe('5');
    expect((await start()).status).toBe(503);
  });

  test('people still sign in, and guessing is still slowed down', async () => {
    const { user } = await api.addUser();
    await away();
    const signIn = (password: string) =>
      api.ask('POST', '/auth/token', { body: { username: user.username, password } });
    expect((await signIn(PASSWORD)).status).toBe(200);
    const statuses: number[] = [];
    for (let guess = 0; guess < 11; guess += 1) statuses.push((await signIn('wrong')).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
  });

  test('a run that is stored is accepted although no worker can be woken', async () => {
    await offer(api, [WEATHER]);
    // The catalogue has answered; Redis goes away before the job is queued.
    await api.database.query(`
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$`);
    await api.database.query(
      'CREATE TRIGGER slow BEFORE INSERT ON experiments FOR EACH ROW EXECUTE FUNCTION slow()',
    );
    const accepted = start();
    await new Promise((resolve) => {
      setTimeout(resolve, 400);
    });
    await away();
    const { status, body } = await accepted;
    await api.database.query('DROP FUNCTION slow CASCADE');
    expect(status).toBe(202);
    const stored = await api.database.getRepository(Experiment).findOneByOrFail({ id: body.experiment_id });
    expect(stored.status).toBe('PENDING');
    expect(api.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('could not be queued') }),
    );
  });
});

describe('after a restart of Redis, which forgets scripts and jobs', () => {
  test('runs are queued and forecasts answered again', async () => {
    await away();
    await back();
    await offer(api, [WEATHER]);
    const options = { redis: { url: api.redisUrl }, removeOnSuccess: true };
    const { status, body } = await start();
    expect(status).toBe(202);
    const train = new BeeQueue<TrainJob>(QUEUES.train, options);
    const job = await new Promise<TrainJob>((resolve) => {
      train.process((each) => {
        resolve(each.data);
        return Promise.resolve();
      });
    });
    expect(job.experiment_id).toBe(body.experiment_id);
    await train.close();

    const { modelId } = await addFinished(api, userId);
    const predict = new BeeQueue<PredictJob>(QUEUES.predict, options);
    const prediction = { pipeline_id: WEATHER.id, target: 't', history: [], steps: [] };
    predict.process(() => Promise.resolve({ ok: true, prediction }));
    const answer = await api.ask('POST', `/models/${modelId}/predict`, { token, body: {} });
    expect(answer.body).toEqual(prediction);
    await predict.close();
  });
});

describe('without Postgres', () => {
  test('a connection that breaks between two statements is one of those that come back', async () => {
    const broken = api.database.transaction(async (transaction) => {
      const [own] = await transaction.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await api.database.query('SELECT pg_terminate_backend($1)', [own!.pid]);
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    });
    expect(isStoreAway(await broken.catch((reason: unknown) => reason))).toBe(true);
  });

  test('requests are told to come back, readiness says why, and all is well when it is there again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'azuraforge-outage-'));
    const postgres = await startPostgres({ directory });
    await runMigrations(postgres.url);
    const other = await startTestApi({}, postgres.url);
    const { token: own } = await other.addUser();
    expect((await other.ask('GET', '/experiments', { token: own })).status).toBe(200);

    await postgres.stop();
    const answer = await other.ask('GET', '/experiments', { token: own });
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
    const ready = await other.ask('GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(ready.body.error.details).toEqual([expect.objectContaining({ path: 'postgres' })]);

    const again = await startPostgres({ directory, port: postgres.port });
    expect((await other.ask('GET', '/experiments', { token: own })).status).toBe(200);
    expect((await other.ask('GET', '/readyz')).status).toBe(200);
    await other.close();
    await again.stop();
    await rm(directory, { recursive: true });
  });
});
