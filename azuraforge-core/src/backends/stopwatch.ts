import type { Command, KernelTiming } from '../backend.ts';

/** Runs commands, and times them one by one while a profile is on: for devices that work at once. */
export class Stopwatch {
  #timings: KernelTiming[] | null = null;

  begin(): void {
    this.#timings = [];
  }

  end(): readonly KernelTiming[] {
    const timings = this.#timings ?? [];
    this.#timings = null;
    return timings;
  }

  run(commands: readonly Command[], execute: (command: Command) => void): void {
    for (const command of commands) {
      if (this.#timings === null) {
        execute(command);
        continue;
      }
      const start = performance.now();
      execute(command);
      this.#timings.push({ kernel: command.executable.kernel, milliseconds: performance.now() - start });
    }
  }
}
