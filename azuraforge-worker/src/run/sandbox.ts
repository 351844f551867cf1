import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { nodeModulesUpward } from '../config.ts';

/** Settings of the device that a child may know; everything else of the worker's environment stays with the worker. */
const DEVICE_VARIABLES = ['AZURAFORGE_DEVICE', 'VK_DRIVER_FILES'];

/** What the children of one worker may do. */
export interface Sandbox {
  /** Absolute folders that hold code: plugins, their dependencies, and the worker's own. */
  readable: string[];
  env: Record<string, string>;
  memoryMb: number;
  /** Native addons are loaded only where a GPU may be used: they are outside of Node's permission model. */
  addons: boolean;
}

export interface SandboxOptions {
  pluginFolders: string[];
  /** Folders that no child may read, though a code folder may contain them. */
  secretFolders: string[];
  device: string;
  memoryMb: number;
  env: NodeJS.ProcessEnv;
}

/** True when `path` is `folder` or lies inside it; both absolute. */
export function isInside(folder: string, path: string): boolean {
  const step = relative(folder, path);
  return step === '' || (step !== '..' && !step.startsWith(`..${sep}`) && resolve(folder, step) === path);
}

/** Where the packages that are only linked into a `node_modules` folder really are. */
async function linkedPackages(nodeModules: string): Promise<string[]> {
  const entries = await readdir(nodeModules, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(nodeModules, entry.name);
      if (entry.isSymbolicLink()) return [await realpath(path).catch(() => '')];
      return entry.isDirectory() && entry.name.startsWith('@') ? linkedPackages(path) : [];
    }),
  );
  return found.flat().filter(Boolean);
}

export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const ownPackage = resolve(import.meta.dirname, '../..');
  const roots = new Set([...options.pluginFolders, ...nodeModulesUpward(ownPackage)]);
  const linked = (await Promise.all([...roots].map(linkedPackages))).flat();
  const dependencies = linked.flatMap((folder) => nodeModulesUpward(dirname(folder)));
  const folders = [...roots, ...linked, ...dependencies, ownPackage];
  const readable = folders.filter(
    (folder) => !options.secretFolders.some((secret) => isInside(folder, secret)),
  );
  const env = Object.fromEntries(
    DEVICE_VARIABLES.flatMap((name) => {
      const value = name === 'AZURAFORGE_DEVICE' ? options.device : options.env[name];
      return value ? [[name, value]] : [];
    }),
  );
  return {
    readable: [...new Set(readable)],
    env,
    memoryMb: options.memoryMb,
    addons: options.device === 'gpu' || options.device === 'auto',
  };
}

/** Node's flags for a child that may write into `writable` alone. Its folders get a trailing separator: whole trees. */
export function sandboxFlags(sandbox: Sandbox, access: { readable?: string; writable?: string }): string[] {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const readable = [...sandbox.readable, access.readable, access.writable];
  return [
    permission,
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
    `--max-old-space-size=${sandbox.memoryMb}`,
    ...(sandbox.addons ? ['--allow-addons'] : []),
    ...readable.flatMap((folder) => (folder ? [`--allow-fs-read=${folder}${sep}`] : [])),
    ...(access.writable ? [`--allow-fs-write=${access.writable}${sep}`] : []),
  ];
}
