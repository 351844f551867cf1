import { listEvents } from 'azuraforge-dbmodels';
import { isTerminal, type ExperimentEvent } from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';

const BATCH = 200;

export interface TaskStreamOptions {
  database: DataSource;
  experimentId: string;
  afterSeq: number;
  deliver(events: ExperimentEvent[]): void;
  onEnd(): void;
  onError(error: unknown): void;
}

/**
 * One reader of one run. A single position, the last delivered `seq`, makes every event arrive once and in order:
 * the next one is handed on, an older one is left out, and any gap is read from Postgres.
 */
export class TaskStream {
  readonly experimentId: string;
  readonly #options: TaskStreamOptions;
  #deliveredSeq: number;
  #reading = false;
  #readAgain = false;
  #ended = false;

  constructor(options: TaskStreamOptions) {
    this.#options = options;
    this.experimentId = options.experimentId;
    this.#deliveredSeq = options.afterSeq;
  }

  get deliveredSeq(): number {
    return this.#deliveredSeq;
  }

  /** Takes a live event. */
  receive(event: ExperimentEvent): void {
    if (this.#ended || event.experiment_id !== this.experimentId || event.seq <= this.#deliveredSeq) return;
    if (this.#reading || event.seq > this.#deliveredSeq + 1) this.catchUp();
    else this.#deliver([event]);
  }

  /** Reads everything that is not delivered yet from Postgres. */
  catchUp(): void {
    if (this.#ended) return;
    if (this.#reading) {
      this.#readAgain = true;
      return;
    }
    this.#reading = true;
    this.#read()
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#reading = false;
      });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
  }

  async #read(): Promise<void> {
    const { database, experimentId } = this.#options;
    do {
      this.#readAgain = false;
      const events = await listEvents(database, { experimentId, afterSeq: this.#deliveredSeq, limit: BATCH });
      if (this.#ended) return;
      if (events.length > 0) this.#deliver(events);
      if (events.length === BATCH) this.#readAgain = true;
    } while (this.#readAgain && !this.#ended);
  }

  #deliver(events: ExperimentEvent[]): void {
    const last = events.at(-1)!;
    this.#deliveredSeq = last.seq;
    this.#options.deliver(events);
    // Nothing comes after the end of a run.
    if (last.body.type === 'status' && isTerminal(last.body.status)) this.end();
  }
}
