import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MANIFEST_FIELD } from 'azuraforge-dbmodels/contract';
import { isInside } from '../run/sandbox.ts';
import { ManifestError } from './manifest.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/** An installed package whose package.json has the `azuraforge` field. */
export interface PluginPackage {
  name: string;
  version: string;
  description: string;
  /** Absolute, symlinks resolved. */
  directory: string;
  /** The field as it stands there, unchecked. */
  manifest: unknown;
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

async function readPackage(folder: string): Promise<PluginPackage | null> {
  try {
    const path = join(folder, 'package.json');
    if ((await stat(path)).size > MAX_FILE_BYTES) return null;
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof content !== 'object' || content === null || !(MANIFEST_FIELD in content)) return null;
    const fields = content as Record<string, unknown>;
    const directory = await realpath(folder);
    return {
      name: textOr(fields.name, directory),
      version: textOr(fields.version, '0.0.0'),
      description: textOr(fields.description, ''),
      directory,
      manifest: fields[MANIFEST_FIELD],
    };
  } catch {
    // Not a package, or one that no program can read: nothing that says it is a plugin.
    return null;
  }
}

async function packageFolders(nodeModules: string): Promise<string[]> {
  const names = await readdir(nodeModules).catch(() => []);
  const folders = await Promise.all(
    names
      .filter((name) => !name.startsWith('.'))
      .map((name) =>
        name.startsWith('@') ? packageFolders(join(nodeModules, name)) : [join(nodeModules, name)],
      ),
  );
  return folders.flat();
}

/** All plugins in these `node_modules` folders, in their order, then by name; of two with one name the first counts. */
export async function findPackages(nodeModulesFolders: string[]): Promise<PluginPackage[]> {
  const found = new Map<string, PluginPackage>();
  for (const nodeModules of nodeModulesFolders) {
    const folders = (await packageFolders(nodeModules)).sort();
    for (const plugin of await Promise.all(folders.map(readPackage))) {
      if (plugin && !found.has(plugin.name)) found.set(plugin.name, plugin);
    }
  }
  return [...found.values()];
}

/** The real path of a file that a manifest names. Throws ManifestError when it is not a file inside of the package. */
export async function fileInside(plugin: PluginPackage, named: string, field: string): Promise<string> {
  const outside = `"${field}" is "${named}", which is not inside of the package; name a file of the package itself.`;
  const path = resolve(plugin.directory, named);
  if (!isInside(plugin.directory, path)) throw new ManifestError(outside);
  const real = await realpath(path).catch(() => null);
  if (real === null || !(await stat(real)).isFile()) {
    throw new ManifestError(
      `"${field}" is "${named}", but there is no such file; build the plugin, or mend the path.`,
    );
  }
  if (!isInside(plugin.directory, real)) throw new ManifestError(outside);
  return real;
}

/** Text of a file that `fileInside` found. Throws ManifestError when it is too long to be what it should. */
export async function readShort(path: string, field: string, maxBytes = MAX_FILE_BYTES): Promise<string> {
  if ((await stat(path)).size > maxBytes) {
    throw new ManifestError(`The file of "${field}" is larger than ${maxBytes / 1024} KiB; make it smaller.`);
  }
  return readFile(path, 'utf8');
}
