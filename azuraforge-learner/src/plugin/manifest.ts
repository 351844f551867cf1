import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { schemaProblems } from '../pipeline/schema-check.ts';
import { expect, PipelineContractError } from './expectation.ts';

/** The version of the manifest that this library knows. */
export const PLUGIN_API_VERSION = 1;

const manifestSchema = Type.Object({
  apiVersion: Type.Literal(PLUGIN_API_VERSION),
  displayName: Type.String({ minLength: 1 }),
  icon: Type.Optional(Type.String({ minLength: 1 })),
  categories: Type.Optional(Type.Array(Type.String())),
  pipelines: Type.Array(
    Type.Object({
      id: Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
      module: Type.String({ minLength: 1 }),
      configSchema: Type.String({ minLength: 1 }),
    }),
    { minItems: 1 },
  ),
});

/** The `azuraforge` field of a plugin's package.json. */
export type PluginManifest = Static<typeof manifestSchema>;

/**
 * Reads the manifest out of a package.json (or the folder that holds it) without running the plugin's code, and sees
 * that the files it names exist inside the package. Throws PipelineContractError.
 */
export async function readPluginManifest(
  location: string | URL,
): Promise<{ manifest: PluginManifest; directory: string }> {
  const path = location instanceof URL ? fileURLToPath(location) : location;
  const directory = path.endsWith('package.json') ? join(path, '..') : path;
  const content = await readPackageJson(join(directory, 'package.json'));
  const problem = schemaProblems(manifestSchema, content['azuraforge'])[0];
  if (problem) {
    throw new PipelineContractError(
      `package.json: azuraforge${problem.path && `.${problem.path}`}: ${problem.message}`,
    );
  }
  const manifest = content['azuraforge'] as PluginManifest;
  const files = manifest.pipelines.flatMap(({ module, configSchema }) => [module, configSchema]);
  for (const file of manifest.icon ? [...files, manifest.icon] : files) await expectFile(directory, file);
  const exported = content['exports'];
  expect(
    exported === undefined || (isRecord(exported) && './package.json' in exported),
    'package.json: "exports" must also list "./package.json", so that the platform can read the manifest.',
  );
  return { manifest, directory };
}

async function readPackageJson(file: string): Promise<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (isRecord(content)) return content;
    throw new Error('it holds no object');
  } catch (cause) {
    throw new PipelineContractError(`${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

async function expectFile(directory: string, file: string): Promise<void> {
  const path = relative(directory, join(directory, file));
  expect(
    file.startsWith('./') && !path.startsWith('..') && !isAbsolute(path),
    `package.json: azuraforge names "${file}"; write paths as "./…" inside the package.`,
  );
  const found = await stat(join(directory, file)).catch(() => null);
  expect(
    found?.isFile(),
    `package.json: azuraforge names "${file}", which does not exist. Build the plugin first.`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
