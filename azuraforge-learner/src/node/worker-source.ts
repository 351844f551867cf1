import { Worker } from 'node:worker_threads';
import type { BatchSource, HostBatch, HostInput } from '../data/batch-source.ts';
import { DataError, LearnerError } from '../error.ts';
import type { ArrayValues } from '../trainer/dataset.ts';

/** What the thread answers: that it is ready, a batch, or what went wrong. */
type Answer =
  | { type: 'ready'; length: number }
  | { type: 'batch'; id: number; batch: HostBatch<HostInput> }
  | { type: 'failed'; id: number | null; name: string; message: string };

interface Waiting {
  resolve(batch: HostBatch<HostInput>): void;
  reject(cause: Error): void;
}

/** Runs in the thread; text, as it must run wherever this module was bundled or compiled to. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const fail = (id, error) =>
  parentPort.postMessage({ type: 'failed', id, name: error?.name ?? 'Error', message: error?.message ?? String(error) });
const load = async (source, { id, indices, epoch }) => {
  try {
    const batch = await source.load(indices, epoch);
    const buffers = new Set([batch.input, batch.target].flat().map(({ data }) => data.buffer));
    parentPort.postMessage({ type: 'batch', id, batch }, [...buffers]);
  } catch (error) {
    fail(id, error);
  }
};
import(workerData.module)
  .then(({ default: createSource }) => createSource(workerData.options))
  .then((source) => {
    parentPort.on('message', (request) => load(source, request));
    parentPort.postMessage({ type: 'ready', length: source.length });
  })
  .catch((error) => fail(null, error));
`;

/**
 * A source whose batches are made in a thread of its own, for a `PrefetchedDataset`: reading, decoding and augmenting then
 * take no time from the training. In a browser, or where that takes little, use the source itself.
 *
 *     // images.mjs
 *     export default async ({ folder }) => new ImageDataset({ ...(await readImageFolder(folder)), … });
 *     // training
 *     const source = await WorkerSource.start(new URL('images.mjs', import.meta.url), { folder });
 *     await trainer.fit({ train: new PrefetchedDataset(source), … });
 *     await source.close();
 */
export class WorkerSource<Input extends HostInput = ArrayValues> implements BatchSource<Input> {
  readonly length: number;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #end: Error | null = null;

  private constructor(worker: Worker, length: number) {
    this.length = length;
    this.#worker = worker;
    // A source that is not asked for anything keeps no process alive.
    worker.unref();
    worker.on('message', (answer: Answer) => this.#take(answer));
    worker.on('error', (cause) =>
      this.#stop(new LearnerError(`The thread of a data source failed: ${cause.message}`, { cause })),
    );
    worker.on('exit', () => this.#stop(new LearnerError('The thread of a data source has ended.')));
  }

  /**
   * `module` exports by default a function that gets `options` (anything that structuredClone takes) and gives a
   * BatchSource. Rejects with what that function throws.
   */
  static async start<Input extends HostInput = ArrayValues>(
    module: URL,
    options: unknown,
  ): Promise<WorkerSource<Input>> {
    const worker = new Worker(THREAD, {
      eval: true,
      execArgv: [],
      workerData: { module: module.href, options },
    });
    const answer = await new Promise<Answer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () =>
        reject(new LearnerError('The thread of a data source ended before it was ready.')),
      );
    });
    if (answer.type === 'ready') return new WorkerSource(worker, answer.length);
    await worker.terminate();
    throw answer.type === 'failed'
      ? errorFrom(answer)
      : new LearnerError('The thread of a data source is confused.');
  }

  load(indices: Uint32Array, epoch: number): Promise<HostBatch<Input>> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.#worker.ref();
      // A thread has no origin; the list of what is handed over stands in its place.
      this.#worker.postMessage({ id, indices, epoch }, []);
    });
  }

  /** Ends the thread; what is still under way rejects. */
  async close(): Promise<void> {
    this.#stop(new LearnerError('The data source was closed.'));
    await this.#worker.terminate();
  }

  #take(answer: Answer): void {
    if (answer.type === 'ready' || answer.id === null) return;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (answer.type === 'batch') waiting?.resolve(answer.batch);
    else waiting?.reject(errorFrom(answer));
  }

  #stop(cause: Error): void {
    this.#end ??= cause;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}

/** Errors lose their class between threads. */
function errorFrom({ name, message }: { name: string; message: string }): Error {
  return name === 'DataError' ? new DataError(message) : new LearnerError(`${name}: ${message}`);
}
