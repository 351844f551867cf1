import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CATALOG_CHANNEL, PIPELINES_CATALOG, workerKey } from 'azuraforge-dbmodels/contract';
import { Laboratory } from './laboratory.ts';

let lab: Laboratory;

beforeAll(async () => {
  lab = await Laboratory.open();
});
afterEach(async () => {
  await lab.stopWorkers();
  await lab.redis.flushAll();
});
afterAll(() => lab.close());

const LAB = ['blocker', 'burglar', 'careless', 'hungry', 'quick', 'stubborn', 'suicide', 'throws'];

describe('discovery', () => {
  test('shows what works, and says what is wrong with the rest', async () => {
    const site = await lab.install({
      '@fixture/lab': 'lab',
      'fixture-bad-manifest': 'bad-manifest',
      'fixture-bad-schema': 'bad-schema',
      'fixture-duplicate': 'duplicate',
      'fixture-exits-on-load': 'exits-on-load',
      'fixture-hangs-on-load': 'hangs-on-load',
      'fixture-no-pipeline': 'no-pipeline',
      'fixture-no-plugin': 'no-plugin',
      'fixture-other-version': 'other-version',
      'fixture-outside': 'outside',
      'fixture-throws-on-load': 'throws-on-load',
      'fixture-wrong-id': 'wrong-id',
    });
    await mkdir(join(site, 'quick'));
    await writeFile(
      join(site, 'quick/package.json'),
      '{ "name": "quick", "version": "0.0.1", "azuraforge": { "apiVersion": 2 } }',
    );
    await mkdir(join(site, 'fixture-unreadable'));
    await writeFile(
      join(site, 'fixture-unreadable/package.json'),
      '{ "name": "fixture-unreadable", "azuraforge":',
    );
    await writeFile(join(site, 'a-file'), '');
    const worker = await lab.startWorker(site, { probeTimeoutMs: 4000 });

    const catalog = await lab.catalog();
    expect(catalog.quick).toEqual({
      id: 'quick',
      plugin: {
        name: '@fixture/lab',
        version: '1.2.3',
        display_name: 'Laboratory',
        description: "Pipelines that behave well and badly, for the worker's tests.",
        categories: ['test'],
      },
      icon: expect.stringContaining('<svg'),
      config_schema: expect.objectContaining({ title: 'Laboratory' }),
      default_config: { epochs: 3, epoch_ms: 5, mode: '' },
      problem: null,
      workers: [worker.id],
    });
    const problems = Object.values(catalog).flatMap(({ id, problem }) => (problem ? [[id, problem]] : []));
    expect(Object.fromEntries(problems)).toEqual({
      'fixture-bad-manifest': {
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(
          /"azuraforge" in package\.json must have required properties displayName/,
        ),
      },
      'fixture-other-version': {
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(/"azuraforge\.apiVersion" is 2; this worker reads version 1/),
      },
      'quick:manifest': {
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(/"azuraforge\.apiVersion" is 2/),
      },
      outside_module: {
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(/not inside of the package/),
      },
      missing_module: {
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(/"\.\/missing\.js".*no such file/),
      },
      outside_schema: {
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(/not inside of the package/),
      },
      schema_no_json: { code: 'SCHEMA_INVALID', message: expect.stringMatching(/is not JSON/) },
      schema_no_object: { code: 'SCHEMA_INVALID', message: expect.stringMatching(/"type": "object"/) },
      schema_no_default: { code: 'SCHEMA_INVALID', message: expect.stringMatching(/epochs.*"default"/) },
      throws_on_load: {
        code: 'LOAD_FAILED',
        message: expect.stringMatching(/This plugin needs a license key/),
      },
      hangs_on_load: { code: 'LOAD_FAILED', message: expect.stringMatching(/within 4 seconds/) },
      exits_on_load: { code: 'LOAD_FAILED', message: expect.stringMatching(/exited with code 3/) },
      no_pipeline: { code: 'LOAD_FAILED', message: expect.stringMatching(/must default-export a pipeline/) },
      wrong_id: { code: 'LOAD_FAILED', message: expect.stringMatching(/exports the pipeline "another_id"/) },
      'fixture-duplicate:quick': {
        code: 'DUPLICATE_ID',
        message: expect.stringMatching(/"quick" belongs to @fixture\/lab already/),
      },
    });
    expect(catalog.outside_module).toMatchObject({ icon: null, config_schema: null, default_config: null });
    const working = Object.values(catalog).flatMap(({ id, problem }) => (problem ? [] : [id]));
    expect(working.sort()).toEqual(LAB);
    const heartbeat = JSON.parse((await lab.redis.get(workerKey(worker.id)))!) as { pipelines: string[] };
    expect(heartbeat).toMatchObject({
      id: worker.id,
      pid: process.pid,
      version: '0.1.0',
      running: 0,
      device: 'cpu',
    });
    expect(heartbeat.pipelines.sort()).toEqual(LAB);
    expect(await lab.redis.ttl(workerKey(worker.id))).toBeGreaterThan(10);

    const run = await lab.submit('quick');
    expect(await lab.ended(run)).toMatchObject({ status: 'SUCCESS' });
    const broken = await lab.submit('throws_on_load');
    expect((await lab.ended(broken)).error).toEqual({
      code: 'PIPELINE_UNAVAILABLE',
      message: expect.stringMatching(/This plugin needs a license key/),
    });
  });

  test('finds a plugin that was added, and loses one that was removed, at the next start', async () => {
    const site = await lab.installLab('quick');
    await lab.startWorker(site);
    expect(Object.keys(await lab.catalog())).toEqual(['quick']);
    await lab.link(site, { 'fixture-throws-on-load': 'throws-on-load' });
    await lab.stopWorkers();
    await lab.startWorker(site);
    expect(Object.keys(await lab.catalog()).sort()).toEqual(['quick', 'throws_on_load']);
    await lab.stopWorkers();
    expect(await lab.catalog()).toEqual({});
    await rm(join(site, '@fixture/lab'), { recursive: true });
    await lab.startWorker(site);
    expect(Object.keys(await lab.catalog())).toEqual(['throws_on_load']);
  });
});

describe('the catalogue', () => {
  test('lists every worker that offers a pipeline, and prefers the one on which it works', async () => {
    const first = await lab.startWorker(await lab.installLab('quick'));
    const larger = await lab.installLab('quick');
    await lab.link(larger, { 'fixture-throws-on-load': 'throws-on-load' });
    const second = await lab.startWorker(larger);
    expect((await lab.catalog()).quick!.workers).toEqual([first.id, second.id].sort());
    expect((await lab.catalog()).throws_on_load!.workers).toEqual([second.id]);
    await second.stop();
    expect((await lab.catalog()).quick!.workers).toEqual([first.id]);
    expect((await lab.catalog()).throws_on_load).toBeUndefined();

    const broken = JSON.stringify({
      ...(await lab.catalog()).quick,
      problem: { code: 'LOAD_FAILED', message: 'x' },
    });
    await lab.redis.hSet(
      PIPELINES_CATALOG,
      'quick',
      broken.replace(/"workers":.*$/, '"workers":["someone"]}'),
    );
    await lab.redis.set(workerKey('someone'), '{}');
    await lab.until(async () => (await lab.catalog()).quick!.problem === null, 'the working entry');
    expect((await lab.catalog()).quick!.workers).toEqual([first.id]);
  });

  test('drops the entries of a worker that is dead, and tells of changes', async () => {
    const subscriber = lab.redis.duplicate();
    await subscriber.connect();
    let changes = 0;
    await subscriber.subscribe(CATALOG_CHANNEL, () => {
      changes += 1;
    });
    const worker = await lab.startWorker(await lab.installLab('quick'));
    const { quick } = await lab.catalog();
    await lab.redis.hSet(
      PIPELINES_CATALOG,
      'ghost',
      JSON.stringify({ ...quick, id: 'ghost', workers: ['dead'] }),
    );
    await lab.redis.hSet(PIPELINES_CATALOG, 'garbage', 'not json');
    await lab.redis.hSet(
      PIPELINES_CATALOG,
      'quick',
      JSON.stringify({ ...quick, workers: ['dead', worker.id] }),
    );
    const dead = async () =>
      !('ghost' in (await lab.catalog())) && (await lab.redis.hLen(PIPELINES_CATALOG)) === 1;
    await lab.until(() => dead().catch(() => false), 'the sweep');
    await lab.until(async () => (await lab.catalog()).quick!.workers.length === 1, 'one worker');
    expect(await lab.catalog()).toMatchObject({ quick });
    expect(changes).toBeGreaterThanOrEqual(2);
    subscriber.destroy();
  });
});
