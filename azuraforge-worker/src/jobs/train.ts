import {
  claimExperiment,
  type ClaimResult,
  Experiment,
  type Finish,
  finishExperiment,
  releaseExperiment,
} from 'azuraforge-dbmodels';
import {
  type ExperimentEvent,
  isTerminal,
  type RunErrorCode,
  type TrainJob,
} from 'azuraforge-dbmodels/contract';
import type { RedisClientType } from 'redis';
import type { DataSource } from 'typeorm';
import type { Artifacts } from '../artifacts.ts';
import type { Catalog } from '../catalog.ts';
import type { WorkerConfig } from '../config.ts';
import type { DiscoveredPipeline } from '../discovery.ts';
import type { Log } from '../log.ts';
import { throughOutages } from '../outage.ts';
import { publishEvent } from '../progress.ts';
import { Redeliver } from '../queue.ts';
import { Attempt, type AttemptOutcome } from '../run/attempt.ts';
import type { ChildFailureCode } from '../run/protocol.ts';
import type { Sandbox } from '../run/sandbox.ts';

const ERROR_CODES: Record<ChildFailureCode, RunErrorCode> = {
  LOAD: 'PIPELINE_UNAVAILABLE',
  CONFIG: 'CONFIG_INVALID',
  INPUT: 'PIPELINE_ERROR',
  PIPELINE: 'PIPELINE_ERROR',
};

export interface TrainOptions {
  config: WorkerConfig;
  database: DataSource;
  redis: RedisClientType;
  catalog: Catalog;
  artifacts: Artifacts;
  sandbox: Sandbox;
  log: Log;
  /** Resolves the pipeline on this worker, or null. */
  findPipeline(id: string): DiscoveredPipeline | null;
  /** Resolves after about one heartbeat, or when the worker stops. */
  waitForHeartbeat(): Promise<void>;
}

/** The consumer of the queue `train`: claims runs and carries them to their end. */
export class TrainJobs {
  readonly #options: TrainOptions;
  readonly #attempts = new Map<string, Attempt>();
  readonly #stopping = new AbortController();

  constructor(options: TrainOptions) {
    this.#options = options;
  }

  /** Stops a run if it runs here; it ends as CANCELLED. */
  cancel(experimentId: string): void {
    this.#attempts.get(experimentId)?.cancel();
  }

  /** Gives every run back; their jobs are queued again for another worker. */
  stop(): void {
    this.#stopping.abort();
    for (const attempt of this.#attempts.values()) attempt.stop();
  }

  /** Handles one job. Throws Redeliver when the worker stops before the run has ended. */
  async handle({ experiment_id: experimentId }: TrainJob): Promise<void> {
    // Two jobs for one run on one worker: the first has it.
    if (this.#attempts.has(experimentId)) return;
    for (;;) {
      if (this.#stopping.signal.aborted) throw new Redeliver('The worker stops.');
      const experiment = await this.#persist('the start of a run', () =>
        this.#options.database.getRepository(Experiment).findOneBy({ id: experimentId }),
      );
      if (!experiment || isTerminal(experiment.status)) return;
      const pipeline = this.#options.findPipeline(experiment.pipelineId);
      // The reconciler queues it again until the worker that has the pipeline gets it.
      if (!pipeline?.module && (await this.#isOfferedElsewhere(experiment.pipelineId))) return;

      const claim = await this.#persist('the claim of a run', (retrying) =>
        this.#claim(experimentId, retrying),
      );
      if (!claim.claimed) {
        for (const event of claim.events) await this.#publish(event);
        return;
      }
      await this.#publish(claim.event);
      const { experiment: claimed } = claim;
      if (!pipeline?.module) {
        await this.#fail(claimed, 'PIPELINE_UNAVAILABLE', unavailable(claimed.pipelineId, pipeline));
        return;
      }
      const again = await this.#attempt(claimed, claim.event.seq, pipeline.module);
      if (!again) return;
    }
  }

  /** Retried, it first gives back what a claim whose answer got lost has taken: nobody works on that attempt. */
  async #claim(experimentId: string, retrying: boolean): Promise<ClaimResult> {
    const { database, config } = this.#options;
    const { workerId, leaseSeconds, maxAttempts } = config;
    if (retrying) {
      const held = await database
        .getRepository(Experiment)
        .findOneBy({ id: experimentId, leaseOwner: workerId });
      if (held) {
        const { attempt } = held;
        await releaseExperiment(database, { experimentId, attempt, because: 'stopped' });
      }
    }
    return claimExperiment(database, { experimentId, workerId, leaseSeconds, maxAttempts });
  }

  /** Returns true when the run is to be tried once more. */
  async #attempt(experiment: Experiment, lastSeq: number, module: string): Promise<boolean> {
    const { config, database, redis, artifacts, sandbox } = this.#options;
    const log = this.#options.log;
    const attempt = new Attempt({
      experiment,
      lastSeq,
      module,
      artifacts,
      sandbox,
      database,
      redis,
      log,
      leaseSeconds: config.leaseSeconds,
      cancelGraceMs: config.cancelGraceMs,
    });
    this.#attempts.set(experiment.id, attempt);
    const context = {
      experiment: experiment.id,
      pipeline: experiment.pipelineId,
      attempt: experiment.attempt,
    };
    log.info('A run starts', context);
    // The worker may have been told to stop while the run was claimed.
    if (this.#stopping.signal.aborted) attempt.stop();
    let again = false;
    try {
      await attempt.run(async (outcome) => {
        log.info('A run ended', { ...context, outcome: outcome.kind });
        again = await this.#conclude(experiment, outcome);
      });
    } finally {
      this.#attempts.delete(experiment.id);
    }
    return again;
  }

  async #conclude(experiment: Experiment, outcome: AttemptOutcome): Promise<boolean> {
    const { log, database, config } = this.#options;
    const { id: experimentId, attempt } = experiment;
    switch (outcome.kind) {
      case 'lost':
        log.warn('A run was taken over or ended elsewhere; nothing more is written', {
          experiment: experimentId,
        });
        return false;
      case 'finished':
        await this.#succeed(experiment, outcome);
        return false;
      case 'cancelled':
        await this.#finish(experiment, { status: 'CANCELLED' });
        return false;
      case 'failed':
        log.warn('A pipeline failed', {
          experiment: experimentId,
          reason: outcome.message,
          stack: outcome.stack,
        });
        await this.#fail(experiment, ERROR_CODES[outcome.code], failureText(outcome));
        return false;
      case 'stopped':
        await this.#persist('the return of a run', () =>
          releaseExperiment(database, { experimentId, attempt, because: 'stopped' }),
        );
        throw new Redeliver('The worker stops.');
      case 'died': {
        log.warn('The process of a run died', { experiment: experimentId, attempt, reason: outcome.reason });
        const used = attempt - experiment.releasedAttempts;
        if (used >= config.maxAttempts) {
          await this.#fail(
            experiment,
            'WORKER_DIED',
            `The process of this run ${outcome.reason}, in the last of ${used} attempts. Try a smaller model or a smaller batch; the worker's log tells more.`,
          );
          return false;
        }
        return this.#persist('the return of a run', () =>
          releaseExperiment(database, { experimentId, attempt, because: 'died' }),
        );
      }
    }
  }

  async #succeed(
    experiment: Experiment,
    outcome: Extract<AttemptOutcome, { kind: 'finished' }>,
  ): Promise<void> {
    const { database, artifacts } = this.#options;
    const { report, sizeBytes } = outcome.verified;
    const event = await this.#persist('the end of a run', () =>
      database.transaction(async (transaction) => {
        const stored = await finishExperiment(transaction, {
          experimentId: experiment.id,
          attempt: experiment.attempt,
          outcome: {
            status: 'SUCCESS',
            report,
            summary: report.summary,
            model: { inputSchema: outcome.inputSchema, sizeBytes },
          },
        });
        if (stored) await artifacts.publish(outcome.folder, experiment.id);
        return stored;
      }),
    );
    if (event) await this.#publish(event);
  }

  #fail(experiment: Experiment, code: RunErrorCode, message: string): Promise<void> {
    return this.#finish(experiment, { status: 'FAILURE', error: { code, message } });
  }

  async #finish(experiment: Experiment, outcome: Finish['outcome']): Promise<void> {
    const event = await this.#persist('the end of a run', () =>
      finishExperiment(this.#options.database, {
        experimentId: experiment.id,
        attempt: experiment.attempt,
        outcome,
      }),
    );
    if (event) await this.#publish(event);
  }

  /** A worker that has just started, or Redis after a restart, may not know of the others yet: so asked twice. */
  async #isOfferedElsewhere(pipelineId: string): Promise<boolean> {
    const { catalog, waitForHeartbeat } = this.#options;
    if (await catalog.isOffered(pipelineId)) return true;
    await waitForHeartbeat();
    return catalog.isOffered(pipelineId);
  }

  #persist<T>(what: string, act: (retrying: boolean) => Promise<T>): Promise<T> {
    return throughOutages(what, act, { log: this.#options.log, signal: this.#stopping.signal });
  }

  #publish(event: ExperimentEvent): Promise<void> {
    return publishEvent(this.#options.redis, event, this.#options.log);
  }
}

function unavailable(pipelineId: string, pipeline: DiscoveredPipeline | null): string {
  const problem = pipeline?.entry.problem;
  return problem
    ? `The pipeline "${pipelineId}" does not work on any worker. ${problem.message}`
    : `No worker offers the pipeline "${pipelineId}" any more; install its plugin and restart the worker.`;
}

function failureText(outcome: Extract<AttemptOutcome, { kind: 'failed' }>): string {
  const fields = outcome.details?.map(({ path, message }) => `${path || 'configuration'}: ${message}`) ?? [];
  const missing = fields.filter((field) => !outcome.message.includes(field));
  return [outcome.message, ...missing.slice(0, 5)].join(' ');
}
