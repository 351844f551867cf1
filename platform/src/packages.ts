import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from './failure.ts';

const requireHere = createRequire(import.meta.url);

interface Manifest {
  version: string;
  bin?: string | Record<string, string>;
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

export function ownVersion(): string {
  return readManifest(requireHere.resolve('azuraforge/package.json')).version;
}

/**
 * The JavaScript file behind a command of an installed package.
 *
 * @throws Failure when the package or its built file is missing.
 */
export function programFile(packageName: string, command: string): string {
  let manifestFile: string;
  try {
    manifestFile = requireHere.resolve(`${packageName}/package.json`);
  } catch (cause) {
    throw new Failure(`The package ${packageName} is not installed. Run \`npm install\` again.`, { cause });
  }
  const { bin } = readManifest(manifestFile);
  const entry = typeof bin === 'string' ? bin : bin?.[command];
  const file = entry === undefined ? null : join(dirname(manifestFile), entry);
  if (file === null || !existsSync(file)) {
    throw new Failure(
      `The command ${command} of ${packageName} is not built. Run \`npm run build\`, or install the package again.`,
    );
  }
  return file;
}

const lookUp = (from: string): string[] => createRequire(from).resolve.paths('any-plugin') ?? [];

/** The node_modules folders in which plugins are looked for: from here and from the current folder upward. */
export function pluginFolders(cwd: string): string {
  const folders = [...lookUp(pathToFileURL(join(cwd, 'any.js')).href), ...lookUp(import.meta.url)];
  return [...new Set(folders)].filter((folder) => existsSync(folder)).join(delimiter);
}
