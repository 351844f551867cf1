import { elapsed } from './command.mjs';
import { runJest } from './jest-results.mjs';

/** Tests of several packages, each reported as it ends, and one closing line with their sum. */
export class Tally {
  #passed = 0;
  #failed = 0;
  #skipped = [];

  /** Runs the tests of one package. */
  async test(name, folder) {
    const start = performance.now();
    const { passed, failed, skipped } = await runJest(folder);
    console.log(`── ${name}: ${passed} passed, ${failed} failed (${elapsed(start)})`);
    this.#passed += passed;
    this.#failed += failed;
    this.#skipped.push(...skipped.map((test) => `${name}: ${test}`));
  }

  /** Counts a package that did not come as far as its tests. */
  fail(problem) {
    console.log(problem.message);
    this.#failed += 1;
  }

  /** Prints the sum and sets the exit code. */
  close() {
    if (this.#skipped.length > 0) {
      console.log(`\nSkipped:\n${this.#skipped.map((test) => `  - ${test}`).join('\n')}`);
    }
    console.log(`\nTests: ${this.#passed} passed, ${this.#failed} failed`);
    process.exitCode = this.#failed === 0 ? 0 : 1;
  }
}
