import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { identifyProcess } from 'azuraforge-stores';

/** A new empty folder for each test of the file; read it inside the test. */
export function testFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'azuraforge-test-'));
    // So that PostgreSQL's own account reaches its data when the test runs as root.
    chmodSync(folder.path, 0o711);
  });
  afterEach(() => {
    rmSync(folder.path, { recursive: true, force: true });
  });
  return folder;
}

export async function until(condition: () => boolean, limit = 30_000): Promise<void> {
  const deadline = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${limit} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const lives = (pid: number): boolean => identifyProcess(pid) !== null;
