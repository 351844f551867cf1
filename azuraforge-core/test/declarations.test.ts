import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const { resolve } = createRequire(import.meta.url);

/** The compiler's output; nothing when all is well. */
async function compileTypes(...args: string[]): Promise<string> {
  const compiler = join(dirname(resolve('typescript/package.json')), 'bin/tsc');
  const call = run(process.execPath, [compiler, ...args], { cwd: join(import.meta.dirname, '..') });
  const { stdout } = await call.catch((error: { stdout: string }) => error);
  return stdout;
}

test('the public types need no other library than the README says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'declarations-'));
  try {
    const emit = ['--composite', 'false', '--tsBuildInfoFile', 'null', '--emitDeclarationOnly'];
    expect(await compileTypes('-p', 'tsconfig.json', ...emit, '--outDir', folder)).toBe('');
    const libraries = ['--lib', 'es2023,esnext.disposable', '--types', ''];
    const check = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', ...libraries];
    expect(await compileTypes(...check, join(folder, 'index.d.ts'))).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
});
