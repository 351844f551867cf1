import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Model } from 'azuraforge-dbmodels';
import { type ExperimentEvent, taskProgressChannel } from 'azuraforge-dbmodels/contract';
import { Laboratory } from './laboratory.ts';

let lab: Laboratory;

beforeAll(async () => {
  lab = await Laboratory.open();
  const site = await lab.install({ '@fixture/lab': 'lab' });
  await lab.startWorker(site, {
    concurrency: 2,
    childMemoryMb: 64,
    homeDirectory: await homeInsideOfPackage(site),
  });
});
afterAll(() => lab.close());

/** A data folder with the keys of the API, inside of a package that is linked beside the plugins. */
async function homeInsideOfPackage(site: string): Promise<string> {
  const home = join(lab.folder, 'platform/home');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'keys.json'), '{"keys":[]}');
  await symlink(join(lab.folder, 'platform'), join(site, 'platform'));
  return home;
}

async function isStored({ experiment_id: id, seq }: ExperimentEvent): Promise<boolean> {
  const rows = await lab.database.query<unknown[]>(
    'SELECT 1 FROM experiment_events WHERE experiment_id = $1 AND seq = $2',
    [id, seq],
  );
  return rows.length > 0;
}

describe('a run', () => {
  test('ends with a model, a report and the whole story in order, stored before it is told', async () => {
    const subscriber = lab.redis.duplicate();
    await subscriber.connect();
    const told: ExperimentEvent[] = [];
    const untold: number[] = [];
    const checks: Promise<unknown>[] = [];
    await subscriber.pSubscribe('task-progress:*', (message) => {
      const event = JSON.parse(message) as ExperimentEvent;
      told.push(event);
      checks.push(isStored(event).then((stored) => stored || untold.push(event.seq)));
    });
    const experiment = await lab.submit('quick', { epochs: 4 });
    const ended = await lab.ended(experiment);
    expect(ended).toMatchObject({
      status: 'SUCCESS',
      attempt: 1,
      device: 'cpu',
      summary: { metric: 'mae', model: 0.25, naive: 1, verdict: 'better' },
      progress: { fraction: 1, epoch: 4, epochs: 4 },
      leaseOwner: null,
    });

    const events = await lab.events(experiment);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    const kinds = events.map(({ body }) => (body.type === 'status' ? body.status : body.type));
    expect(kinds).toEqual([
      'PENDING',
      'STARTED',
      'log',
      'run',
      'epoch',
      'epoch',
      'epoch',
      'epoch',
      'SUCCESS',
    ]);

    await lab.until(async () => told.length >= events.length - 1, 'the last message');
    await Promise.all(checks);
    expect(told).toEqual(events.slice(1));
    expect(untold).toEqual([]);
    expect(taskProgressChannel(experiment.taskId)).toBe(`task-progress:${told[0]!.task_id}`);
    subscriber.destroy();

    const model = await lab.database.getRepository(Model).findOneByOrFail({ experimentId: experiment.id });
    expect(events.at(-1)!.body).toEqual({ type: 'status', status: 'SUCCESS', model_id: model.id });
    const folder = join(lab.folder, 'artifacts', experiment.id);
    expect((await readdir(folder)).sort()).toEqual(['model.json', 'model.safetensors', 'report.json']);
    expect(JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'))).toMatchObject({ epochs: 4 });
    expect(model.sizeBytes).toBeGreaterThan(100);
    expect(model.inputSchema).toMatchObject({ properties: { steps: { maximum: 5 } } });
  });

  test('of two jobs trains once', async () => {
    const experiment = await lab.submit('quick', { epoch_ms: 50 });
    await lab.enqueue(experiment);
    await lab.ended(experiment);
    await lab.enqueue(experiment);
    const next = await lab.submit('quick');
    await lab.ended(next);
    expect(await lab.load(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
  });
});

async function failure(pipeline: string, config: Record<string, unknown> = {}) {
  const ended = await lab.ended(await lab.submit(pipeline, config));
  expect(ended.status).toBe('FAILURE');
  return { ...ended.error!, attempt: ended.attempt };
}

describe('a run that fails', () => {
  test('says what the pipeline threw, without a stack trace', async () => {
    const experiment = await lab.submit('throws');
    const ended = await lab.ended(experiment);
    expect(ended.error).toEqual({ code: 'PIPELINE_ERROR', message: 'The data ends in March.' });
    const events = await lab.events(experiment);
    expect(events.at(-1)!.body).toEqual({ type: 'status', status: 'FAILURE', error: ended.error });
    expect(JSON.stringify(events)).not.toContain('.js:');
  });

  test.each(['odd details', 'odd stack'])(
    'says what the pipeline threw, though its error has %s',
    async (mode) => {
      expect(await failure('throws', { mode })).toEqual({
        code: 'PIPELINE_ERROR',
        message: 'The data ends in March.',
        attempt: 1,
      });
    },
  );

  test('names the file that the sandbox keeps from it', async () => {
    const { code, message } = await failure('throws', { mode: 'denied' });
    expect(code).toBe('PIPELINE_ERROR');
    expect(message).toContain('may not read /etc/hostname');
  });

  test('because of a stray error outside of train()', async () => {
    expect(await failure('throws', { mode: 'later', epoch_ms: 200 })).toMatchObject({
      code: 'PIPELINE_ERROR',
      message: 'A stray timer threw.',
    });
  });

  test('because its configuration does not fit the pipeline', async () => {
    expect(await failure('quick', { epochs: 0 })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('epochs: must be a whole number from 1'),
    });
  });

  test('because no worker has its pipeline', async () => {
    expect(await failure('vanished')).toMatchObject({
      code: 'PIPELINE_UNAVAILABLE',
      message: expect.stringContaining('"vanished"'),
    });
  });

  test('after three deaths, with the reason', async () => {
    expect(await failure('suicide')).toMatchObject({
      code: 'WORKER_DIED',
      message: expect.stringMatching(/SIGKILL.*3 attempts/),
      attempt: 3,
    });
    expect(await failure('suicide', { mode: 'exit' })).toMatchObject({
      code: 'WORKER_DIED',
      message: expect.stringContaining('exited with code 0 before it had finished'),
    });
  });

  test('when it takes more memory than it may', async () => {
    expect(await failure('hungry')).toMatchObject({
      code: 'WORKER_DIED',
      message: expect.stringContaining('ran out of memory'),
      attempt: 3,
    });
  });

  test.each([
    ['nan', /loss/],
    ['huge', /256 KiB/],
    ['flood', /message of more than/],
    ['forged', /cannot use/],
    ['no report', /report\.json/],
    ['bad report', /report\.json is not a report/],
    ['bad weights', /model\.safetensors is damaged/],
  ])('when it breaks the rules: %s', async (mode, message) => {
    expect(await failure('careless', { mode })).toMatchObject({
      code: 'PIPELINE_ERROR',
      message: expect.stringMatching(message),
    });
  });

  test('leaves no files behind', async () => {
    const experiment = await lab.submit('careless', { mode: 'bad report' });
    await lab.ended(experiment);
    await lab.until(
      async () => (await readdir(join(lab.folder, 'artifacts/.runs'))).length === 0,
      'an empty folder',
    );
    expect(await lab.artifacts()).not.toContain(experiment.id);
  });
});

describe('events', () => {
  test('of batches are joined when they come too fast, epochs never', async () => {
    const experiment = await lab.submit('careless', { mode: 'many', epochs: 2 });
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS' });
    const events = await lab.events(experiment);
    const batches = events.flatMap(({ body }) => (body.type === 'batch' ? [body.batch] : []));
    expect(batches.length).toBeLessThan(50);
    expect(batches.at(-1)).toBe(5000);
    expect(batches).toEqual(batches.toSorted((a, b) => a - b));
    expect(events.filter(({ body }) => body.type === 'epoch')).toHaveLength(2);
  });

  test('come out while the pipeline blocks its event loop, and the lease holds', async () => {
    const experiment = await lab.submit('blocker', { epochs: 1, mode: '4000' });
    await lab.event(experiment, 'run');
    expect((await lab.events(experiment)).filter(({ body }) => body.type === 'epoch')).toEqual([]);
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
  });

  test('with text that Postgres does not take are stored without it', async () => {
    const experiment = await lab.submit('careless', { mode: 'nul' });
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS' });
    await lab.event(experiment, 'log', ({ message }) => message === 'a\uFFFDb lone \uFFFD c');
  });
});

test('plugin code sees no environment and reaches nothing but its run folder', async () => {
  const experiment = await lab.submit('burglar', { mode: join(lab.folder, 'artifacts') });
  await lab.ended(experiment);
  const told = await lab.event(experiment, 'log', ({ message }) => message.startsWith('{'));
  // The driver of the GPU is named to it where this process has a choice of its own.
  const driver = process.env.VK_DRIVER_FILES === undefined ? [] : ['VK_DRIVER_FILES'];
  expect(JSON.parse(told.message)).toEqual({ worked: [], env: ['AZURAFORGE_DEVICE', ...driver] });
});
