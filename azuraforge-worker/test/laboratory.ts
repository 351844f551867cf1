import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createDataSource,
  createExperiment,
  Experiment,
  listEvents,
  runMigrations,
  User,
} from 'azuraforge-dbmodels';
import {
  type CatalogEntry,
  type ExperimentEvent,
  isTerminal,
  PIPELINES_CATALOG,
  type PluginManifest,
  type PredictionInput,
  type PredictResult,
  QUEUES,
  type TrainingEvent,
} from 'azuraforge-dbmodels/contract';
import { startRedis } from 'azuraforge-stores';
import BeeQueue from 'bee-queue';
import { createClient, type RedisClientType } from 'redis';
import type { DataSource } from 'typeorm';
// The built worker: its children are processes, which run built files.
import { createLog, createWorker, readConfig, type Worker, type WorkerConfig } from '../dist/worker.js';

const FIXTURES = join(import.meta.dirname, 'fixtures/plugins');

/** Real stores, a folder of plugins, and everything that a test asks of them. */
export class Laboratory {
  readonly database: DataSource;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly redis: RedisClientType;
  readonly folder: string;
  readonly workers = new Set<Worker>();
  readonly #ownerId: string;
  #stopRedis: () => Promise<void>;

  private constructor(parts: {
    database: DataSource;
    databaseUrl: string;
    redisUrl: string;
    redis: RedisClientType;
    folder: string;
    ownerId: string;
    stopRedis: () => Promise<void>;
  }) {
    this.database = parts.database;
    this.databaseUrl = parts.databaseUrl;
    this.redisUrl = parts.redisUrl;
    this.redis = parts.redis;
    this.folder = parts.folder;
    this.#ownerId = parts.ownerId;
    this.#stopRedis = parts.stopRedis;
  }

  static async open(): Promise<Laboratory> {
    const databaseUrl = await emptyDatabase();
    await runMigrations(databaseUrl);
    const database = await createDataSource({ url: databaseUrl }).initialize();
    const users = database.getRepository(User);
    const owner = await users.save(users.create({ username: 'ada', passwordHash: 'none', role: 'member' }));
    const store = await startRedis();
    const redis: RedisClientType = createClient({ url: store.url });
    redis.on('error', () => {});
    await redis.connect();
    const folder = await mkdtemp(join(tmpdir(), 'azuraforge-worker-test-'));
    return new Laboratory({
      database,
      databaseUrl,
      redisUrl: store.url,
      redis,
      folder,
      ownerId: owner.id,
      stopRedis: () => store.stop(),
    });
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    this.redis.destroy();
    await this.#stopRedis();
    await this.database.destroy();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Stops Redis, which forgets everything, waits, and starts it again under the same address. */
  async restartRedis(downMs: number): Promise<void> {
    const { port, password } = new URL(this.redisUrl);
    await this.#stopRedis();
    await sleep(downMs);
    const store = await startRedis({
      port: Number(port),
      password: decodeURIComponent(password),
    });
    this.#stopRedis = () => store.stop();
  }

  /** A `node_modules` folder with links to these fixtures: `{ '@fixture/lab': 'lab' }`. */
  async install(packages: Record<string, string>): Promise<string> {
    const nodeModules = join(await mkdtemp(join(this.folder, 'site-')), 'node_modules');
    await mkdir(nodeModules);
    await this.link(nodeModules, packages);
    return nodeModules;
  }

  /** Adds links to fixtures to a `node_modules` folder. */
  async link(nodeModules: string, packages: Record<string, string>): Promise<void> {
    for (const [name, fixture] of Object.entries(packages)) {
      const path = join(nodeModules, name);
      await mkdir(dirname(path), { recursive: true });
      await symlink(join(FIXTURES, fixture), path);
    }
  }

  /** A `node_modules` folder with a copy of the fixture `lab` that has only these pipelines, so that it starts quickly. */
  async installLab(...pipelines: string[]): Promise<string> {
    const nodeModules = await this.install({});
    const target = join(nodeModules, '@fixture/lab');
    await cp(join(FIXTURES, 'lab'), target, { recursive: true });
    const path = join(target, 'package.json');
    const content = JSON.parse(await readFile(path, 'utf8')) as { azuraforge: PluginManifest };
    content.azuraforge.pipelines = content.azuraforge.pipelines.filter(({ id }) => pipelines.includes(id));
    await writeFile(path, JSON.stringify(content));
    return nodeModules;
  }

  /** Settings that make a test quick. */
  config(pluginFolder: string, changes: Partial<WorkerConfig> = {}): WorkerConfig {
    const env = {
      DATABASE_URL: this.databaseUrl,
      REDIS_URL: this.redisUrl,
      AZURAFORGE_HOME: this.folder,
      AZURAFORGE_PLUGINS: pluginFolder,
      AZURAFORGE_DEVICE: 'cpu',
      AZURAFORGE_LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'none',
    };
    return {
      ...readConfig(env, this.folder),
      leaseSeconds: 3,
      cancelGraceMs: 500,
      reconcileMs: 300,
      heartbeatMs: 300,
      pingTimeoutMs: 1000,
      ...changes,
    };
  }

  async startWorker(
    pluginFolder: string,
    changes: Partial<WorkerConfig> = {},
    database: DataSource = this.database,
  ): Promise<Worker> {
    const config = this.config(pluginFolder, changes);
    const silent = config.logLevel === 'none';
    const log = Object.assign(createLog(silent ? 'error' : config.logLevel, config.workerId), { silent });
    const worker = createWorker({ config, database, log });
    this.workers.add(worker);
    await worker.start();
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.stop()));
    this.workers.clear();
  }

  async catalog(): Promise<Record<string, CatalogEntry>> {
    const stored = await this.redis.hGetAll(PIPELINES_CATALOG);
    return Object.fromEntries(
      Object.entries(stored).map(([id, entry]) => [id, JSON.parse(entry) as CatalogEntry]),
    );
  }

  /** Stores a run and queues it, as the API does; returns the experiment. */
  async submit(pipelineId: string, config: Record<string, unknown> = {}): Promise<Experiment> {
    const { experiment } = await createExperiment(this.database, {
      ownerId: this.#ownerId,
      name: pipelineId,
      pipelineId,
      plugin: { name: '@fixture/lab', version: '1.2.3' },
      config: { epochs: 3, epoch_ms: 5, mode: '', ...config },
    });
    await this.enqueue(experiment);
    return experiment;
  }

  async enqueue(experiment: Experiment): Promise<void> {
    const queue = new BeeQueue(QUEUES.train, {
      isWorker: false,
      getEvents: false,
      redis: { url: this.redisUrl },
    });
    await queue.createJob({ experiment_id: experiment.id, task_id: experiment.taskId }).save();
    await queue.close();
  }

  /** Sends a predict job, as the API does, and waits for its result. */
  async predict(modelId: string, input: PredictionInput): Promise<PredictResult> {
    const queue = new BeeQueue(QUEUES.predict, { isWorker: false, redis: { url: this.redisUrl } });
    try {
      await queue.ready();
      const job = queue.createJob({ request_id: randomUUID(), model_id: modelId, input });
      const result = new Promise<PredictResult>((resolve, reject) => {
        job.on('succeeded', resolve);
        job.on('failed', reject);
      });
      await job.save();
      return await result;
    } finally {
      await queue.close();
    }
  }

  /** Makes every attempt that starts from now on a short one. */
  async shorten(experiment: Experiment, epochs: number): Promise<void> {
    await this.database.query(
      `UPDATE experiments SET config = jsonb_set(config, '{epochs}', to_jsonb($2::int)) WHERE id = $1`,
      [experiment.id, epochs],
    );
  }

  load(experiment: Experiment): Promise<Experiment> {
    return this.database.getRepository(Experiment).findOneByOrFail({ id: experiment.id });
  }

  events(experiment: Experiment): Promise<ExperimentEvent[]> {
    return listEvents(this.database, { experimentId: experiment.id, afterSeq: 0, limit: 10_000 });
  }

  /** The run after its end. */
  async ended(experiment: Experiment): Promise<Experiment> {
    return this.#eventually(async () => {
      const now = await this.load(experiment);
      return isTerminal(now.status) ? now : null;
    }, `the end of the run ${experiment.pipelineId}`);
  }

  /** The first event of a kind that fits, as soon as it is stored. */
  async event<Type extends TrainingEvent['type']>(
    experiment: Experiment,
    type: Type,
    fits: (body: Extract<TrainingEvent, { type: Type }>, event: ExperimentEvent) => boolean = () => true,
  ): Promise<Extract<TrainingEvent, { type: Type }>> {
    return this.#eventually(async () => {
      for (const event of await this.events(experiment)) {
        if (event.body.type !== type) continue;
        const body = event.body as Extract<TrainingEvent, { type: Type }>;
        if (fits(body, event)) return body;
      }
      return null;
    }, `an event ${type} of ${experiment.pipelineId}`);
  }

  /** Process id of the child that works on an attempt. */
  async childPid(experiment: Experiment, attempt: number): Promise<number> {
    const log = await this.event(
      experiment,
      'log',
      (body, event) => event.attempt === attempt && body.message.startsWith('pid '),
    );
    return Number(log.message.slice(4));
  }

  /** Waits for a condition; fails with `what` after fifteen seconds. */
  async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    await this.#eventually(async () => ((await condition()) ? true : null), what);
  }

  async artifacts(): Promise<string[]> {
    return (await readdir(join(this.folder, 'artifacts'))).sort();
  }

  async #eventually<T>(look: () => Promise<T | null>, what: string): Promise<T> {
    const deadline = Date.now() + 15_000;
    while (Date.now() < deadline) {
      // A look may fall into an outage that the test itself has made.
      const found = await look().catch(() => null);
      if (found !== null) return found;
      await sleep(20);
    }
    throw new Error(`Waited in vain for ${what}.`);
  }
}

async function emptyDatabase(): Promise<string> {
  const url = new URL(process.env.TEST_POSTGRES_URL!);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const server = await createDataSource({ url: url.href, poolSize: 1 }).initialize();
  await server.query(`CREATE DATABASE ${name}`);
  await server.destroy();
  url.pathname = `/${name}`;
  return url.href;
}

/** False once a process is gone, or only waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) [XZ] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No /proc on this system, or gone meanwhile.
    return !existsSync('/proc/self/stat');
  }
}
