import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';

test('a page can be bundled beside the package webgpu, which is for Node alone', async () => {
  const { errors, outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../src/index.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  expect(errors).toEqual([]);
  expect(outputFiles[0]!.text).not.toContain('dawn.node');
});
