import { WORKER_SOURCE } from './worker.ts';

/** What Node lends to a program that imports none of its modules. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:os'): { availableParallelism(): number };
  getBuiltinModule?(name: 'node:worker_threads'): { Worker: NodeWorkerConstructor };
}

type NodeWorkerConstructor = new (
  source: string,
  options: object,
) => {
  on(event: 'error' | 'exit', listener: (cause: unknown) => void): void;
  unref(): void;
  terminate(): Promise<number>;
};

/** A worker that runs `WORKER_SOURCE`. */
export interface SpawnedWorker {
  terminate(): void;
}

function nodeProcess(): NodeProcess | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  return typeof process?.getBuiltinModule === 'function' ? process : undefined;
}

/** Processors that this program may use, as far as the runtime tells. */
export function availableParallelism(): number {
  const node = nodeProcess()?.getBuiltinModule!('node:os');
  return node?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Why there can be no workers that share memory, or null: a page must be cross-origin isolated. */
export function threadObstacle(): string | null {
  if (nodeProcess() !== undefined) return null;
  if (globalThis.crossOriginIsolated && typeof Worker === 'function') return null;
  return 'not cross-origin isolated';
}

/** Starts a worker, which must not keep a process alive; `onEnd` is told when it has ended, and why. */
export function spawn(data: object, onEnd: (reason: string) => void): SpawnedWorker {
  const node = nodeProcess()?.getBuiltinModule!('node:worker_threads');
  if (node !== undefined) {
    const worker = new node.Worker(WORKER_SOURCE, { eval: true, execArgv: [], workerData: data });
    worker.on('error', (cause) => onEnd(String(cause)));
    worker.on('exit', () => onEnd('a worker has ended'));
    worker.unref();
    return worker as SpawnedWorker;
  }
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.addEventListener('error', (event) => onEnd(event.message || 'workers are blocked'));
  worker.postMessage(data, []);
  return worker;
}
