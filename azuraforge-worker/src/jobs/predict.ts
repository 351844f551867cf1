import { Model } from 'azuraforge-dbmodels';
import type { PredictJob, PredictResult } from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';
import type { Artifacts } from '../artifacts.ts';
import type { WorkerConfig } from '../config.ts';
import type { DiscoveredPipeline } from '../discovery.ts';
import { type Log, reasonOf } from '../log.ts';
import { Redeliver } from '../queue.ts';
import type { Sandbox } from '../run/sandbox.ts';
import { Child, type ChildOutcome } from '../run/supervisor.ts';

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

export interface PredictOptions {
  config: WorkerConfig;
  database: DataSource;
  artifacts: Artifacts;
  sandbox: Sandbox;
  log: Log;
  findPipeline(id: string): DiscoveredPipeline | null;
}

const failed = (message: string): PredictResult => ({ ok: false, code: 'PREDICTION_FAILED', message });

/** The consumer of the queue `predict`: answers with what trained models say, each asked in a process of its own. */
export class PredictJobs {
  readonly #options: PredictOptions;
  readonly #children = new Set<Child>();
  #stopping = false;

  constructor(options: PredictOptions) {
    this.#options = options;
  }

  /** Gives up what is in work; another worker takes the jobs. */
  stop(): void {
    this.#stopping = true;
    for (const child of this.#children) child.kill();
  }

  /** Handles one job; `age` is how long it waited. Throws Redeliver when the worker stops meanwhile. */
  async handle(job: PredictJob, age: { ms: number }): Promise<PredictResult> {
    const { config, database, log } = this.#options;
    if (age.ms > config.predictTimeoutMs)
      return failed('The question waited too long for a worker; ask again.');
    if (!UUID.test(job.model_id)) return this.#notFound();
    let model: Model | null;
    try {
      model = await database.getRepository(Model).findOneBy({ id: job.model_id });
    } catch (error) {
      log.warn('A model could not be looked up', { request: job.request_id, reason: reasonOf(error) });
      return failed('The database cannot be reached at the moment; ask again in a while.');
    }
    if (!model) return this.#notFound();
    const pipeline = this.#options.findPipeline(model.pipelineId);
    if (!pipeline?.module) {
      return failed(
        `The worker does not offer the pipeline "${model.pipelineId}" of this model; install its plugin and restart the worker.`,
      );
    }
    return this.#predict(job, model, pipeline.module);
  }

  async #predict(job: PredictJob, model: Model, module: string): Promise<PredictResult> {
    const { config, artifacts, sandbox, log } = this.#options;
    const directory = artifacts.folder(model.experimentId);
    if (!(await artifacts.isComplete(model.experimentId))) {
      log.error('The files of a model are missing', { model: model.id, directory });
      return failed('The files of this model are missing on the worker; train it again.');
    }
    if (this.#stopping) throw new Redeliver('The worker stops.');
    const child = new Child({
      request: { kind: 'predict', module, pipelineId: model.pipelineId, input: job.input, directory },
      sandbox,
      log,
      timeoutMs: config.predictTimeoutMs,
    });
    this.#children.add(child);
    try {
      return this.#answer(job, await child.outcome);
    } finally {
      this.#children.delete(child);
    }
  }

  #answer(job: PredictJob, outcome: ChildOutcome): PredictResult {
    const { log, config } = this.#options;
    switch (outcome.kind) {
      case 'predicted':
        return { ok: true, prediction: outcome.prediction };
      case 'failed':
        if (outcome.code === 'INPUT') {
          const { message, details } = outcome;
          return { ok: false, code: 'PREDICTION_INPUT_INVALID', message, ...(details && { details }) };
        }
        log.warn('A prediction failed', {
          request: job.request_id,
          reason: outcome.message,
          stack: outcome.stack,
        });
        return failed(outcome.message);
      case 'timeout':
        return failed(
          `The prediction took longer than ${config.predictTimeoutMs / 1000} seconds and was stopped.`,
        );
      case 'died':
        return failed(`The process of the prediction ${outcome.reason}.`);
      case 'violation':
        return failed(outcome.message);
      case 'killed':
        throw new Redeliver('The worker stops.');
      default:
        return failed('The pipeline answered a question that nobody had asked.');
    }
  }

  #notFound(): PredictResult {
    return { ok: false, code: 'MODEL_NOT_FOUND', message: 'There is no such model.' };
  }
}
