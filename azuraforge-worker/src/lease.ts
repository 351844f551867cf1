import { renewLease } from 'azuraforge-dbmodels';
import type { DataSource } from 'typeorm';
import { type Log, reasonOf } from './log.ts';

export interface LeaseOptions {
  database: DataSource;
  log: Log;
  experimentId: string;
  attempt: number;
  leaseSeconds: number;
  /** Another attempt has the run, or the run has ended: nothing may be written any more. */
  onLost(): void;
  /** Somebody wants the run to stop; called once. */
  onCancelRequested(): void;
}

/**
 * Keeps a claimed run. A Postgres that cannot be asked takes no lease away: while it is away, nobody else can claim the
 * run either, and every write is refused anyway once somebody has.
 */
export class Lease {
  readonly #options: LeaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #ended = false;
  #cancelSeen = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Renews no more; resolves when no renewal is on its way. */
  async stop(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#renewing;
  }

  #schedule(): void {
    if (this.#ended) return;
    this.#timer = setTimeout(
      () => {
        this.#renewing = this.#renew().then(() => this.#schedule());
      },
      (this.#options.leaseSeconds * 1000) / 3,
    );
  }

  async #renew(): Promise<void> {
    const { database, log, experimentId, attempt, leaseSeconds, onLost, onCancelRequested } = this.#options;
    try {
      const { held, cancelRequested } = await renewLease(database, { experimentId, attempt, leaseSeconds });
      if (this.#ended) return;
      if (!held) {
        this.#ended = true;
        onLost();
      } else if (cancelRequested && !this.#cancelSeen) {
        this.#cancelSeen = true;
        onCancelRequested();
      }
    } catch (error) {
      log.warn('A lease could not be renewed; trying again', {
        experiment: experimentId,
        reason: reasonOf(error),
      });
    }
  }
}
