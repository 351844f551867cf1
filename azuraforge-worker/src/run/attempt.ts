import type { Experiment } from 'azuraforge-dbmodels';
import type { JsonSchema, TrainingEvent } from 'azuraforge-dbmodels/contract';
import { ArtifactError, type Artifacts, type VerifiedRun } from '../artifacts.ts';
import { Lease } from '../lease.ts';
import { reasonOf } from '../log.ts';
import { Progress, type ProgressOptions } from '../progress.ts';
import type { ChildFailure } from './protocol.ts';
import type { Sandbox } from './sandbox.ts';
import { Child, type ChildOutcome } from './supervisor.ts';

/** How one attempt at a run ended. */
export type AttemptOutcome =
  | { kind: 'finished'; inputSchema: JsonSchema; verified: VerifiedRun; folder: string }
  | { kind: 'cancelled' }
  | ChildFailure
  /** The process died; `reason` completes "the process …". */
  | { kind: 'died'; reason: string }
  /** This worker stops. */
  | { kind: 'stopped' }
  /** The run belongs to another attempt, or has ended: nothing may be written. */
  | { kind: 'lost' };

export interface AttemptOptions extends Omit<ProgressOptions, 'experimentId' | 'attempt' | 'signal'> {
  experiment: Experiment;
  /** Absolute path of the pipeline's module. */
  module: string;
  artifacts: Artifacts;
  sandbox: Sandbox;
  leaseSeconds: number;
  cancelGraceMs: number;
}

/** One attempt at a run: a child process, the lease that covers it, and the events that come out of it. */
export class Attempt {
  readonly #options: AttemptOptions;
  readonly #giveUp = new AbortController();
  #child: Child | null = null;
  #verdict: 'cancelled' | 'stopped' | 'lost' | null = null;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** Somebody wants the run to end as CANCELLED: the pipeline is asked, then killed. */
  cancel(): void {
    this.#verdict ??= 'cancelled';
    this.#child?.abort(this.#options.cancelGraceMs);
  }

  /** The worker stops: the process is killed at once, so that another worker can start over. */
  stop(): void {
    if (this.#verdict !== 'lost') this.#verdict = 'stopped';
    this.#kill();
  }

  /**
   * Runs to the end and hands the outcome to `conclude` while the lease still holds; the folder of a `finished` run is
   * gone after that unless `conclude` has moved it.
   */
  async run(conclude: (outcome: AttemptOutcome) => Promise<void>): Promise<void> {
    const { experiment, module, artifacts, sandbox, leaseSeconds, database, log } = this.#options;
    const { id: experimentId, attempt } = experiment;
    const progress = new Progress({ ...this.#options, experimentId, attempt, signal: this.#giveUp.signal });
    const folder = await artifacts.createRunFolder(experimentId, attempt);
    const lease = new Lease({
      database,
      log,
      experimentId,
      attempt,
      leaseSeconds,
      onLost: () => this.#lose(),
      onCancelRequested: () => this.cancel(),
    });
    try {
      this.#child = new Child({
        request: {
          kind: 'train',
          module,
          pipelineId: experiment.pipelineId,
          config: experiment.config,
          directory: folder,
        },
        sandbox,
        log,
        onEvent: (event) => this.#store(progress, event),
      });
      if (this.#verdict === 'cancelled') this.#child.abort(this.#options.cancelGraceMs);
      else if (this.#verdict) this.#child.kill();
      await conclude(await this.#judge(this.#child, folder));
    } finally {
      this.#child?.kill();
      await lease.stop();
      await artifacts.removeRunFolder(folder);
    }
  }

  async #judge(child: Child, folder: string): Promise<AttemptOutcome> {
    let outcome: ChildOutcome;
    try {
      outcome = await child.outcome;
    } catch (error) {
      outcome = {
        kind: 'died',
        reason: `had to be stopped: its progress could not be stored (${reasonOf(error)})`,
      };
    }
    if (this.#verdict) return { kind: this.#verdict };
    switch (outcome.kind) {
      case 'trained':
        try {
          const verified = await this.#options.artifacts.verify(folder);
          return { kind: 'finished', inputSchema: outcome.inputSchema, verified, folder };
        } catch (error) {
          if (!(error instanceof ArtifactError)) throw error;
          return { kind: 'failed', code: 'PIPELINE', message: error.message };
        }
      case 'cancelled':
      case 'failed':
      case 'died':
        return outcome;
      case 'violation':
        return { kind: 'failed', code: 'PIPELINE', message: outcome.message };
      default:
        return {
          kind: 'failed',
          code: 'PIPELINE',
          message: 'The pipeline answered a question that nobody had asked.',
        };
    }
  }

  async #store(progress: Progress, event: TrainingEvent): Promise<void> {
    // What a killed child has still in its pipe belongs to nobody.
    if (this.#verdict === 'stopped' || this.#verdict === 'lost') return;
    try {
      if (!(await progress.write(event))) this.#lose();
    } catch (error) {
      if (!this.#giveUp.signal.aborted) throw error;
    }
  }

  #lose(): void {
    this.#verdict = 'lost';
    this.#kill();
  }

  #kill(): void {
    this.#giveUp.abort();
    this.#child?.kill();
  }
}
