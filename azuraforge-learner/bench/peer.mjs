import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Python that has PyTorch, or null. Debian's own comes first: its PyTorch is linked to its OpenBLAS. */
export function findPython() {
  return ['/usr/bin/python3', 'python3'].find(hasTorch) ?? null;
}

function hasTorch(python) {
  return spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
}

/** PyTorch in a process of its own, which trains an epoch each time it is asked. */
export class Peer {
  #process;
  #answers;

  constructor(python, folder) {
    const program = fileURLToPath(new URL('peer.py', import.meta.url));
    this.#process = spawn(python, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    // A process that has ended closes its pipe; the answer that is then missing says so.
    this.#process.stdin.on('error', () => undefined);
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The mean loss of the epoch and the seconds that it took. */
  async epoch() {
    this.#process.stdin.write('epoch\n');
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('PyTorch ended; its reason is above.');
    return JSON.parse(value);
  }

  stop() {
    this.#process.kill();
  }
}
