import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  appendEvent,
  createDataSource,
  type Experiment,
  finishExperiment,
  requestCancel,
} from 'azuraforge-dbmodels';
import { CANCEL_CHANNEL, PIPELINES_CATALOG } from 'azuraforge-dbmodels/contract';
import { isAlive, Laboratory } from './laboratory.ts';
import { UnreliableProxy } from './unreliable-proxy.ts';

let lab: Laboratory;
let site: string;
const processes = new Set<ChildProcess>();
const proxies = new Set<UnreliableProxy>();

beforeAll(async () => {
  lab = await Laboratory.open();
  site = await lab.installLab('quick', 'stubborn');
});
afterEach(async () => {
  for (const worker of processes) worker.kill('SIGKILL');
  processes.clear();
  await lab.stopWorkers();
  await Promise.all([...proxies].map((proxy) => proxy.close()));
  proxies.clear();
});
afterAll(() => lab.close());

/** `azuraforge-worker` as a process of its own. */
async function startProcess(changes: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const worker = fork(join(import.meta.dirname, '../dist/main.js'), {
    env: {
      DATABASE_URL: lab.databaseUrl,
      REDIS_URL: lab.redisUrl,
      AZURAFORGE_HOME: lab.folder,
      AZURAFORGE_PLUGINS: site,
      AZURAFORGE_DEVICE: 'cpu',
      AZURAFORGE_WORKER_LEASE_SECONDS: '2',
      ...changes,
    },
    execArgv: [],
    // A process group of its own, as a terminal gives it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  processes.add(worker);
  worker.stderr!.pipe(process.stderr, { end: false });
  const [message] = (await once(worker, 'message')) as unknown[];
  expect(message).toEqual({ type: 'ready' });
  return worker;
}

/** Longer than any test: what ends such a run is never that it is done, however slow the machine. */
const ENDLESS = { epochs: 10_000, epoch_ms: 50 };

/** Epochs of an attempt, in the order in which they are stored. */
async function epochs(experiment: Experiment, attempt: number): Promise<number[]> {
  const events = await lab.events(experiment);
  return events.flatMap(({ body, attempt: of }) =>
    body.type === 'epoch' && of === attempt ? [body.epoch] : [],
  );
}

const cancel = (experiment: Experiment) => requestCancel(lab.database, { experimentId: experiment.id });
const tellCancel = (experiment: Experiment) =>
  lab.redis.publish(CANCEL_CHANNEL, JSON.stringify({ experiment_id: experiment.id }));

describe('cancelling', () => {
  test('stops a run that listens at once', async () => {
    await lab.startWorker(site, { cancelGraceMs: 60_000, leaseSeconds: 60 });
    const experiment = await lab.submit('quick', ENDLESS);
    await lab.event(experiment, 'epoch');
    await cancel(experiment);
    await tellCancel(experiment);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'CANCELLED', error: null });
    const events = await lab.events(experiment);
    expect(events.at(-1)!.body).toEqual({ type: 'status', status: 'CANCELLED' });
    expect(await lab.artifacts()).not.toContain(experiment.id);
  });

  test('kills a run that does not listen', async () => {
    await lab.startWorker(site, { cancelGraceMs: 300 });
    const experiment = await lab.submit('stubborn', ENDLESS);
    const pid = await lab.childPid(experiment, 1);
    await cancel(experiment);
    await tellCancel(experiment);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'CANCELLED' });
    expect(isAlive(pid)).toBe(false);
  });

  test('works without the message, at the next renewal of the lease', async () => {
    await lab.startWorker(site);
    const experiment = await lab.submit('quick', ENDLESS);
    await lab.event(experiment, 'epoch');
    await cancel(experiment);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'CANCELLED' });
  });
});

describe('when a process dies', () => {
  test('a killed child is tried again, and the run ends well', async () => {
    await lab.startWorker(site);
    const experiment = await lab.submit('quick', { epochs: 10, epoch_ms: 30 });
    process.kill(await lab.childPid(experiment, 1), 'SIGKILL');
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await epochs(experiment, 2)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('a killed worker is replaced, and its children are gone', async () => {
    const dying = await startProcess();
    const experiment = await lab.submit('quick', ENDLESS);
    const pid = await lab.childPid(experiment, 1);
    await lab.event(experiment, 'epoch');
    await lab.startWorker(site);
    await lab.shorten(experiment, 10);
    dying.kill('SIGKILL');
    await lab.childPid(experiment, 2);
    await lab.until(async () => !isAlive(pid), 'the end of the orphan');
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await epochs(experiment, 2)).toHaveLength(10);
  });

  test('a paused worker that wakes up after its run was given away writes nothing and stops its child', async () => {
    const paused = await startProcess();
    const experiment = await lab.submit('quick', ENDLESS);
    const pid = await lab.childPid(experiment, 1);
    await lab.event(experiment, 'epoch');
    paused.kill('SIGSTOP');
    await lab.shorten(experiment, 60);
    await lab.startWorker(site);
    await lab.childPid(experiment, 2);
    paused.kill('SIGCONT');
    await lab.until(async () => !isAlive(pid), 'the end of the old child');
    const written = await epochs(experiment, 1);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await epochs(experiment, 1)).toEqual(written);
    const events = await lab.events(experiment);
    const firstOfSecond = events.findIndex(({ attempt }) => attempt === 2);
    expect(events.slice(firstOfSecond).every(({ attempt }) => attempt === 2)).toBe(true);
  });
});

describe('when a worker is stopped', () => {
  test.each([
    ['by SIGTERM', (worker: ChildProcess) => worker.kill('SIGTERM')],
    ['by Ctrl-C in its terminal', (worker: ChildProcess) => process.kill(-worker.pid!, 'SIGINT')],
    ['by the end of its parent', (worker: ChildProcess) => worker.disconnect()],
  ])('%s, its run goes to another at once and no attempt is lost', async (_, stop) => {
    const stopping = await startProcess({ AZURAFORGE_WORKER_LEASE_SECONDS: '60' });
    const experiment = await lab.submit('quick', ENDLESS);
    const pid = await lab.childPid(experiment, 1);
    await lab.startWorker(site, { reconcileMs: 60_000 });
    await lab.shorten(experiment, 3);
    const exit = once(stopping, 'exit');
    stop(stopping);
    expect(await exit).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
    const exited = Date.now();
    await lab.childPid(experiment, 2);
    // Later it could also be bee-queue, which looks for stalled jobs every five seconds.
    expect(Date.now() - exited).toBeLessThan(4500);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 2, releasedAttempts: 1 });
  });
});

describe('when a store goes away', () => {
  test('a restart of Redis in mid-run loses no event, no entry and no queued run', async () => {
    await lab.startWorker(site);
    const running = await lab.submit('quick', { epochs: 40, epoch_ms: 50 });
    const waiting = await lab.submit('quick');
    await lab.event(running, 'epoch');
    await lab.restartRedis(500);
    expect(await lab.ended(running)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(await epochs(running, 1)).toHaveLength(40);
    await lab.until(async () => (await lab.redis.hLen(PIPELINES_CATALOG)) === 2, 'the catalogue');
    expect(await lab.ended(waiting)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(await lab.ended(await lab.submit('quick'))).toMatchObject({ status: 'SUCCESS' });
  });

  test('a connection to Redis that falls silent is replaced', async () => {
    const proxy = await UnreliableProxy.to(lab.redisUrl);
    proxies.add(proxy);
    await lab.startWorker(site, { redisUrl: proxy.url, pingTimeoutMs: 300 });
    expect(await lab.ended(await lab.submit('quick'))).toMatchObject({ status: 'SUCCESS' });
    proxy.silence();
    const experiment = await lab.submit('quick', ENDLESS);
    await lab.event(experiment, 'epoch');
    await lab.until(
      async () => (await lab.redis.pubSubNumSub(CANCEL_CHANNEL))[CANCEL_CHANNEL] === 2,
      'a new subscription',
    );
    await tellCancel(experiment);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'CANCELLED' });
  });

  test('a worker that starts without Redis waits for it', async () => {
    const restart = lab.restartRedis(800);
    await sleep(200);
    const asked = Date.now();
    await lab.startWorker(site);
    expect(Date.now() - asked).toBeGreaterThan(500);
    await restart;
    expect(await lab.ended(await lab.submit('quick'))).toMatchObject({ status: 'SUCCESS' });
  });

  test('a Postgres that is away for a while costs a run no event', async () => {
    const proxy = await UnreliableProxy.to(lab.databaseUrl);
    proxies.add(proxy);
    const database = await createDataSource({ url: proxy.url }).initialize();
    const worker = await lab.startWorker(site, {}, database);
    const experiment = await lab.submit('quick', { epochs: 40, epoch_ms: 25 });
    await lab.event(experiment, 'epoch');
    await proxy.break(700);
    await proxy.break(50);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(await epochs(experiment, 1)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    await worker.stop();
    await database.destroy();
  });
});

test('a worker opens no debugger for whoever may send it a signal', async () => {
  const worker = await startProcess();
  let told = '';
  worker.stderr!.on('data', (chunk) => (told += String(chunk)));
  worker.kill('SIGUSR1');
  expect(await lab.ended(await lab.submit('quick', { epochs: 20 }))).toMatchObject({ status: 'SUCCESS' });
  expect(told).not.toContain('Debugger listening');
});

test('a run whose row was ended elsewhere is stopped, though it says nothing, and not written to', async () => {
  await lab.startWorker(site);
  const experiment = await lab.submit('quick', { epochs: 1, epoch_ms: 60_000 });
  const pid = await lab.childPid(experiment, 1);
  await finishExperiment(lab.database, {
    experimentId: experiment.id,
    attempt: 1,
    outcome: { status: 'CANCELLED' },
  });
  const { lastSeq } = await lab.load(experiment);
  await lab.until(async () => !isAlive(pid), 'the end of the child');
  const body = { type: 'log', level: 'info', message: 'late' } as const;
  expect(await appendEvent(lab.database, { experimentId: experiment.id, attempt: 1, body })).toBeNull();
  expect((await lab.load(experiment)).lastSeq).toBe(lastSeq);
});
