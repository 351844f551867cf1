/** What the threads share besides the heap: 32-bit words, each on a cache line of its own. */
export const WORD = {
  /**
   * The calls of the current job that nobody has taken yet: the first in the lower half, the one behind the last in the upper
   * half. Workers take the first and the main thread the last one, so that each meets again what it has in its cache.
   */
  open: 0,
  /** Calls of the current job that are not done. */
  unfinished: 16,
  /** Goes up when a job is opened; sleeping workers wait for that. */
  sequence: 32,
  sleeping: 48,
  /** Workers that have started. */
  ready: 64,
  /** Address of the current job, and a number that is another one for the next job. */
  job: 80,
  number: 81,
};
export const WORDS = 96;

/**
 * A job in the heap: these words, then one word per call for its state, then the calls' arguments as doubles from the next
 * multiple of eight bytes.
 */
export const JOB = {
  calls: 0,
  arguments: 1,
  module: 2,
  modulePointer: 3,
  moduleBytes: 4,
  function: 5,
  scratch: 6,
  scratchBytes: 7,
};
export const JOB_WORDS = 8;

export const STATE = { waiting: 0, begun: 1, done: 2 };

/** Bits of half a word, and the most calls of a job. */
export const HALF = 16;
export const MAX_CALLS = 0xffff;

/** Functions of Math that modules may import. */
export const HOST_FUNCTIONS = ['pow', 'log', 'cos', 'sin'] as const;

/** How long a worker looks for the next job before it goes to sleep: over most gaps between the kernels of a step. */
const SPIN_MILLISECONDS = 0.3;

/**
 * The program of a worker, as text, so that neither Node nor a browser nor a bundler needs a file for it. It never returns:
 * it takes calls as long as there are any, and sleeps in between. A worker whose call fails stops; what it
 * left undone is the main thread's to do.
 */
export const WORKER_SOURCE = `
function work({ memory, words, index }) {
  const modules = new Map();
  // Another thread may have grown the memory; this one sees that a moment later.
  const bytes = (start, length) => {
    while (memory.buffer.byteLength < start + length);
    return new Uint8Array(memory.buffer, start, length);
  };
  const wordsAt = (start, count) => new Int32Array(bytes(start, 4 * count).buffer, start, count);
  const functionOf = (job) => {
    const id = job[${JOB.module}];
    if (!modules.has(id)) {
      const env = { memory };
      for (const name of ${JSON.stringify(HOST_FUNCTIONS)}) env[name] = Math[name];
      const code = bytes(job[${JOB.modulePointer}] >>> 0, job[${JOB.moduleBytes}]).slice();
      modules.set(id, Object.values(new WebAssembly.Instance(new WebAssembly.Module(code), { env }).exports));
    }
    return modules.get(id)[job[${JOB.function}]];
  };
  let number;
  let native;
  let states;
  let values;
  let args;
  const read = () => {
    const start = Atomics.load(words, ${WORD.job}) >>> 0;
    const job = wordsAt(start, ${JOB_WORDS});
    const calls = job[${JOB.calls}];
    const count = job[${JOB.arguments}];
    const first = start + 8 * Math.ceil((${JOB_WORDS} + calls) / 2);
    states = wordsAt(start + ${4 * JOB_WORDS}, calls);
    values = new Float64Array(bytes(first, 8 * calls * count).buffer, first, calls * count);
    native = functionOf(job);
    args = new Array(count + 1);
    args[count] = (job[${JOB.scratch}] >>> 0) + index * job[${JOB.scratchBytes}];
    number = Atomics.load(words, ${WORD.number});
  };
  const run = (call) => {
    if (number !== Atomics.load(words, ${WORD.number})) read();
    const count = args.length - 1;
    for (let i = 0; i < count; i++) args[i] = values[call * count + i];
    Atomics.store(states, call, ${STATE.begun});
    native(...args);
    Atomics.store(states, call, ${STATE.done});
  };
  Atomics.add(words, ${WORD.ready}, 1);
  for (let since = performance.now(); ; ) {
    const sequence = Atomics.load(words, ${WORD.sequence});
    const open = Atomics.load(words, ${WORD.open});
    const call = open & ${MAX_CALLS};
    if (call < open >>> ${HALF}) {
      if (Atomics.compareExchange(words, ${WORD.open}, open, open + 1) !== open) continue;
      try {
        run(call);
      } finally {
        if (Atomics.sub(words, ${WORD.unfinished}, 1) === 1) Atomics.notify(words, ${WORD.unfinished});
      }
      since = performance.now();
    } else if (performance.now() - since > ${SPIN_MILLISECONDS}) {
      Atomics.add(words, ${WORD.sleeping}, 1);
      Atomics.wait(words, ${WORD.sequence}, sequence);
      Atomics.sub(words, ${WORD.sleeping}, 1);
      since = performance.now();
    }
  }
}
if (typeof postMessage === 'function') onmessage = ({ data }) => work(data);
else work(require('node:worker_threads').workerData);
`;
