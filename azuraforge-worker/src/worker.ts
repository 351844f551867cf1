import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Experiment } from 'azuraforge-dbmodels';
import {
  CANCEL_CHANNEL,
  isTerminal,
  type PredictJob,
  QUEUES,
  type TrainJob,
} from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';
import { Artifacts } from './artifacts.ts';
import { Catalog } from './catalog.ts';
import type { WorkerConfig } from './config.ts';
import { type DiscoveredPipeline, discoverPipelines } from './discovery.ts';
import { PredictJobs } from './jobs/predict.ts';
import { TrainJobs } from './jobs/train.ts';
import { type Log, reasonOf } from './log.ts';
import { JobQueue } from './queue.ts';
import { Reconciler } from './reconciler.ts';
import { RedisConnection } from './redis.ts';
import { createSandbox } from './run/sandbox.ts';

export { ConfigurationError, readConfig, type WorkerConfig } from './config.ts';
export { createLog, type Log } from './log.ts';

const CLOSE_TIMEOUT_MS = 5000;

export interface WorkerDependencies {
  config: WorkerConfig;
  /** Connected and migrated; the worker leaves it open. */
  database: DataSource;
  log: Log;
}

export interface Worker {
  readonly id: string;
  /** Resolves when the catalogue is published and jobs are taken; waits for Redis as long as it takes. */
  start(): Promise<void>;
  /** Gives running work back to the queue and leaves the catalogue. Safe to call twice, and before `start` is done. */
  stop(): Promise<void>;
}

/** A worker that does nothing until it is started. */
export function createWorker(dependencies: WorkerDependencies): Worker {
  return new PlatformWorker(dependencies);
}

class PlatformWorker implements Worker {
  readonly id: string;
  readonly #dependencies: WorkerDependencies;
  readonly #redis: RedisConnection;
  readonly #cancellations: RedisConnection;
  readonly #catalog: Catalog;
  readonly #artifacts: Artifacts;
  readonly #stopping = new AbortController();
  readonly #startedAt = new Date().toISOString();
  #version = '';
  #pipelines = new Map<string, DiscoveredPipeline>();
  #train: TrainJobs | null = null;
  #predict: PredictJobs | null = null;
  #trainQueue: JobQueue<TrainJob> | null = null;
  #predictQueue: JobQueue<PredictJob> | null = null;
  #reconciler: Reconciler | null = null;
  #beating: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(dependencies: WorkerDependencies) {
    const { config, log } = dependencies;
    this.id = config.workerId;
    this.#dependencies = dependencies;
    const connection = { url: config.redisUrl, pingTimeoutMs: config.pingTimeoutMs, log };
    this.#redis = new RedisConnection({ ...connection, onReady: () => void this.#beat() });
    this.#cancellations = new RedisConnection(connection);
    this.#catalog = new Catalog(this.#redis.client, this.id);
    this.#artifacts = new Artifacts(config.artifactsDirectory);
  }

  async start(): Promise<void> {
    const { config, database, log } = this.#dependencies;
    this.#version = await ownVersion();
    await Promise.all([this.#redis.connect(), this.#cancellations.connect()]);
    const sandbox = await createSandbox({
      pluginFolders: config.pluginFolders,
      secretFolders: [config.homeDirectory, config.artifactsDirectory],
      device: config.device,
      memoryMb: config.childMemoryMb,
      env: process.env,
    });
    const { pluginFolders: folders, probeTimeoutMs } = config;
    const found = await discoverPipelines({ folders, sandbox, probeTimeoutMs, log });
    for (const pipeline of found) {
      this.#pipelines.set(pipeline.entry.id, pipeline);
      const { id, plugin, problem } = pipeline.entry;
      log.info('A pipeline was found', {
        pipeline: id,
        plugin: plugin.name,
        version: plugin.version,
        problem,
      });
    }
    this.#catalog.offer(found.map(({ entry }) => entry));
    await this.#removeStaleRunFolders();

    const shared = { config, database, log, artifacts: this.#artifacts, sandbox };
    const findPipeline = (id: string) => this.#pipelines.get(id) ?? null;
    const train = new TrainJobs({
      ...shared,
      redis: this.#redis.client,
      catalog: this.#catalog,
      findPipeline,
      waitForHeartbeat: () => this.#pause(config.heartbeatMs),
    });
    const predict = new PredictJobs({ ...shared, findPipeline });
    this.#train = train;
    this.#predict = predict;
    const queue = { redisUrl: config.redisUrl, pingTimeoutMs: config.pingTimeoutMs, log };
    this.#trainQueue = new JobQueue<TrainJob>({
      ...queue,
      name: QUEUES.train,
      concurrency: config.concurrency,
      handle: (job) => train.handle(job),
    });
    this.#predictQueue = new JobQueue<PredictJob>({
      ...queue,
      name: QUEUES.predict,
      concurrency: config.predictConcurrency,
      handle: (job, age) => predict.handle(job, age),
    });
    this.#reconciler = new Reconciler({
      database,
      queue: this.#trainQueue,
      log,
      intervalMs: config.reconcileMs,
    });
    if (this.#stopping.signal.aborted) return;

    await this.#cancellations.client.subscribe(CANCEL_CHANNEL, (message) => this.#onCancel(message));
    await this.#beat();
    this.#beating = this.#heartbeats();
    await Promise.all([this.#trainQueue.start(), this.#predictQueue.start()]);
    this.#reconciler.start();
    log.info('The worker takes jobs', {
      pipelines: [...this.#pipelines.keys()],
      concurrency: config.concurrency,
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  async #shutDown(): Promise<void> {
    this.#stopping.abort();
    // Closing first, so that what is given back is not taken again by this worker.
    const closed = Promise.all([
      this.#trainQueue?.close(CLOSE_TIMEOUT_MS),
      this.#predictQueue?.close(CLOSE_TIMEOUT_MS),
    ]);
    this.#train?.stop();
    this.#predict?.stop();
    await Promise.all([this.#reconciler?.stop(), this.#beating]);
    await this.#catalog.withdraw().catch(() => {});
    await closed;
    await Promise.all([this.#redis.close(), this.#cancellations.close()]);
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  async #heartbeats(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#pause(this.#dependencies.config.heartbeatMs);
      await this.#beat();
    }
  }

  /** Tells that this worker lives and what it offers. */
  async #beat(): Promise<void> {
    if (this.#train === null || this.#stopping.signal.aborted) return;
    const { config, log } = this.#dependencies;
    try {
      await this.#catalog.heartbeat({
        id: this.id,
        host: hostname(),
        pid: process.pid,
        version: this.#version,
        started_at: this.#startedAt,
        device: config.device,
        concurrency: config.concurrency,
        running: this.#trainQueue?.running ?? 0,
        pipelines: [...this.#pipelines.values()].flatMap(({ entry }) => (entry.problem ? [] : [entry.id])),
      });
    } catch (error) {
      log.debug('The catalogue could not be renewed; trying again', { reason: reasonOf(error) });
    }
  }

  #onCancel(message: string): void {
    try {
      const { experiment_id: experimentId } = JSON.parse(message) as { experiment_id: string };
      this.#train?.cancel(experimentId);
    } catch (error) {
      this.#dependencies.log.warn('A cancel message cannot be read', { reason: reasonOf(error) });
    }
  }

  /** A worker that was killed leaves the folders of its runs behind. */
  async #removeStaleRunFolders(): Promise<void> {
    const experiments = this.#dependencies.database.getRepository(Experiment);
    for (const folder of await this.#artifacts.listRunFolders()) {
      const experiment = await experiments.findOneBy({ id: folder.experimentId });
      if (experiment && !isTerminal(experiment.status) && experiment.attempt === folder.attempt) continue;
      await this.#artifacts.removeRunFolder(folder.path);
    }
  }
}

async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
