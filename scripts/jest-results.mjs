import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.mjs';

/**
 * Runs the tests of one package and counts them.
 * @returns {Promise<{ passed: number, failed: number, skipped: string[] }>} a suite that does not even
 * load, or a run without a result, counts as one failure.
 */
export async function runJest(folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'azuraforge-jest-'));
  const file = join(scratch, 'results.json');
  try {
    const { code } = await run('npm', ['test', '--silent', '--', '--json', `--outputFile=${file}`], {
      cwd: folder,
      show: true,
    });
    return count(readResults(file), code);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function count(results, code) {
  if (results === undefined) return { passed: 0, failed: 1, skipped: [] };
  const cases = results.testResults.flatMap((suite) => suite.assertionResults);
  const skipped = cases.filter(({ status }) => status === 'pending').map(({ fullName }) => fullName);
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return { passed: results.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped };
}
