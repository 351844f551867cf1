import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PipelineContractError, pipelineChecks, readPluginManifest } from '../../src/plugin.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugin-manifest-'));
  await mkdir(join(folder, 'dist'));
  await writeFile(
    join(folder, 'dist/pipeline.js'),
    'export default { id: "other", train() {}, predict() {} };',
  );
  await writeFile(join(folder, 'dist/config.schema.json'), '{}');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const entry = { id: 'tide', module: './dist/pipeline.js', configSchema: './dist/config.schema.json' };
const manifest = { apiVersion: 1, displayName: 'Tide', pipelines: [entry] };

async function write(field: unknown, rest: Record<string, unknown> = {}): Promise<void> {
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'app-tide', azuraforge: field, ...rest }),
  );
}

describe('readPluginManifest', () => {
  test('reads the field without running the plugin', async () => {
    await write(manifest, { exports: { '.': './dist/pipeline.js', './package.json': './package.json' } });
    expect(await readPluginManifest(folder)).toEqual({ manifest, directory: folder });
    expect((await readPluginManifest(join(folder, 'package.json'))).manifest).toEqual(manifest);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /azuraforge: Must be an object/],
    [{ ...manifest, apiVersion: 2 }, /azuraforge\.apiVersion: /],
    [{ ...manifest, pipelines: [] }, /azuraforge\.pipelines: /],
    [{ ...manifest, pipelines: [{ ...entry, id: 'Tide!' }] }, /azuraforge\.pipelines\.0\.id: /],
    [
      { ...manifest, pipelines: [{ ...entry, module: './dist/none.js' }] },
      /"\.\/dist\/none\.js", which does not exist/,
    ],
    [
      { ...manifest, pipelines: [{ ...entry, module: './../x.js' }] },
      /write paths as "\.\/…" inside the package/,
    ],
    [{ ...manifest, icon: './icon.svg' }, /icon\.svg", which does not exist/],
  ])('refuses %j', async (field, message) => {
    await write(field);
    await expect(readPluginManifest(folder)).rejects.toThrow(PipelineContractError);
    await expect(readPluginManifest(folder)).rejects.toThrow(message);
  });

  test('asks for ./package.json among the exports', async () => {
    await write(manifest, { exports: { '.': './dist/pipeline.js' } });
    await expect(readPluginManifest(folder)).rejects.toThrow(/must also list "\.\/package\.json"/);
  });
});

describe('pipelineChecks of a package', () => {
  test('starts with the manifest, and stops there when it cannot be read', async () => {
    await write(undefined);
    const [check, ...others] = await pipelineChecks(folder);
    expect(others).toEqual([]);
    await expect(check!.run()).rejects.toThrow(PipelineContractError);
  });

  test('sees that the module is not the pipeline that the manifest names', async () => {
    await write(manifest);
    const checks = await pipelineChecks(folder);
    expect(checks).toHaveLength(10);
    await expect(checks[0]!.run()).resolves.toBeUndefined();
    await expect(checks[1]!.run()).rejects.toThrow(
      'exports the pipeline "other", but the manifest calls it "tide"',
    );
  });

  test('compares the schema file with the schema of the code', async () => {
    const code = 'export default { id: "tide", configSchema: { type: "object" }, train() {}, predict() {} };';
    await writeFile(join(folder, 'dist/pipeline.js'), code);
    await write(manifest);
    const check = (await pipelineChecks(folder))[1]!;
    await expect(check.run()).rejects.toThrow(/config\.schema\.json is not the schema of the code/);
    await writeFile(join(folder, 'dist/config.schema.json'), '{ "type": "object" }');
    await expect(check.run()).resolves.toBeUndefined();
  });
});
