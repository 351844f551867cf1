import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 300_000;
/** PyTorch's own setting leaves OpenBLAS its threads. */
function threadVariables(threads) {
  return { OPENBLAS_NUM_THREADS: threads, OMP_NUM_THREADS: threads, MKL_NUM_THREADS: threads };
}

function file(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** The process of one contestant with one work, seen from outside: it is asked, and answers in order. */
export class Participant {
  #process;
  #answers;
  #stderr = '';
  #isOver = false;

  constructor({ library, settings }, work, folder, python) {
    const contest = JSON.stringify({ library, settings, work, folder });
    const [command, args] =
      library === 'pytorch'
        ? [python, [file('library/pytorch.py'), contest]]
        : [process.execPath, [...process.execArgv, file('contestant.mjs'), contest]];
    this.#process = spawn(command, args, {
      env: library === 'pytorch' ? { ...process.env, ...threadVariables(settings.threads) } : process.env,
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
    this.#process.on('error', (error) => (this.#stderr += error.message));
    this.#process.on('exit', () => (this.#isOver = true));
    // A process that has ended closes its pipe; the answer that is then missing says why.
    this.#process.stdin.on('error', () => undefined);
    this.#process.stderr.on('data', (text) => (this.#stderr = `${this.#stderr}${text}`.slice(-2000)));
    this.#answers = createInterface({ input: this.#process.stdio[3] })[Symbol.asyncIterator]();
  }

  /** What the contestant says once its library, its device and its inputs are ready. */
  opened() {
    return this.#answer();
  }

  ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#answer();
  }

  stop() {
    if (!this.#isOver) this.#process.kill('SIGKILL');
  }

  async #answer() {
    let timer;
    const tooLate = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    });
    try {
      const { value, done } = await Promise.race([this.#answers.next(), tooLate]);
      if (done) throw new Error(`its process ended: ${this.#stderr.trim().split('\n').at(-1)}`);
      const answer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }
}
