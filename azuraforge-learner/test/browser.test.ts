import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';

/** Every module that the file reaches by static imports, and the packages that they name. */
async function packagesBehind(entry: URL): Promise<{ files: number; packages: string[] }> {
  const files = new Set([entry.href]);
  const packages = new Set<string>();
  for (const file of files) {
    const source = await readFile(new URL(file), 'utf8');
    for (const [, name] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm)) {
      if (name!.startsWith('.')) files.add(new URL(name!, file).href);
      else packages.add(name!);
    }
  }
  return { files: files.size, packages: [...packages].sort() };
}

it('the package entry reaches nothing that needs Node', async () => {
  const { files, packages } = await packagesBehind(new URL('../src/index.ts', import.meta.url));
  expect(files).toBeGreaterThan(30);
  expect(packages).toEqual(['azuraforge-core', 'typebox', 'typebox/system', 'typebox/value']);
});

it('the entry for ONNX reaches nothing that needs Node either, and is no part of the package entry', async () => {
  const { packages } = await packagesBehind(new URL('../src/onnx.ts', import.meta.url));
  expect(packages.filter((name) => name.startsWith('@bufbuild/protobuf'))).not.toEqual([]);
  expect(packages.filter((name) => name.startsWith('node:'))).toEqual([]);
});
