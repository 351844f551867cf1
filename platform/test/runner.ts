import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProcessIdentity } from 'azuraforge-stores';
import { descendants } from '../src/process-tree.ts';
import { lives, until } from './folder.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Without what Jest has set for itself. */
const environment = {
  ...process.env,
  NODE_OPTIONS: '',
  NODE_ENV: undefined,
  AZURAFORGE_ADMIN_PASSWORD: undefined,
};

export interface Finished {
  code: number | null;
  output: string;
}

/** Runs a short command of the runner. */
export function azuraforge(...args: string[]): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    env: environment,
  });
  return { code: status, output: stdout + stderr };
}

/** A running `azuraforge up`. */
export class Up {
  output = '';
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;

  constructor(args: string[], extra: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [MAIN, 'up', ...args], {
      env: { ...environment, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = once(this.child, 'close');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  /** @throws Error with all output when it ends before. */
  async says(text: string | RegExp, limit = 100_000): Promise<string> {
    const pattern = typeof text === 'string' ? new RegExp(text) : text;
    await until(() => pattern.test(this.output) || this.child.exitCode !== null, limit).catch(
      (error: unknown) => {
        throw new Error(`Not said: ${pattern.source}. Said so far:\n${this.output}`, { cause: error });
      },
    );
    const match = pattern.exec(this.output);
    if (match === null) throw new Error(`It ended without saying ${pattern.source}:\n${this.output}`);
    return match[1] ?? match[0];
  }

  /** All processes below it at this moment. */
  processes(): ProcessIdentity[] {
    return this.child.pid === undefined ? [] : descendants(this.child.pid);
  }

  async signal(name: NodeJS.Signals): Promise<number | null> {
    this.child.kill(name);
    await this.ended;
    return this.child.exitCode;
  }
}

export function remaining(processes: ProcessIdentity[]): string[] {
  return processes.filter(({ pid }) => lives(pid)).map(({ command }) => command);
}
