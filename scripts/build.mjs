import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { mustRun } from './command.mjs';
import { root, siblings } from './workspaces.mjs';

/** What no build reads. */
const SKIPPED = new Set(['node_modules', 'dist', '.next', 'coverage', 'test', '.github', '.azuraforge']);
const SKIPPED_ENDINGS = ['.md', '.tsbuildinfo', 'next-env.d.ts'];
const stamps = join(root, 'node_modules/.azuraforge-built');

function addFiles(hash, folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) addFiles(hash, path);
    } else if (entry.isFile() && !SKIPPED_ENDINGS.some((ending) => entry.name.endsWith(ending))) {
      hash
        .update(`${path.slice(root.length)}\0`)
        .update(readFileSync(path))
        .update('\0');
    }
  }
}

/** Changes with a sibling's sources, with those of the siblings that it uses, and with the installed packages. */
function fingerprint(sibling, fingerprints) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const { folder } of sibling.uses) hash.update(fingerprints.get(folder));
  addFiles(hash, join(root, sibling.folder));
  return hash.digest('hex');
}

const isBuilt = (folder) =>
  existsSync(join(root, folder, 'dist')) || existsSync(join(root, folder, '.next/BUILD_ID'));

/** The siblings, each with those that it uses, in build order. */
function buildPlan() {
  const all = siblings().filter(({ manifest }) => manifest.scripts?.build !== undefined);
  const byName = new Map(all.map((sibling) => [sibling.manifest.name, sibling]));
  return all.map((sibling) => {
    const { dependencies, devDependencies, peerDependencies } = sibling.manifest;
    const names = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
    return { ...sibling, uses: names.flatMap((name) => byName.get(name) ?? []) };
  });
}

/** npm links commands when it installs, and passes over those whose files are not built yet. */
function linkCommands(folder, commands) {
  for (const [name, file] of Object.entries(commands)) {
    const program = join(root, folder, file);
    const link = join(root, 'node_modules/.bin', name);
    chmodSync(program, 0o755);
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), program), link);
  }
}

/**
 * Builds the siblings whose sources changed since they were built, several at once where they do not use each other.
 * `onStart` is called with the folders when there are any, `onBuilt` with a folder and the time at which it began
 * (from `performance.now()`).
 */
export async function buildSiblings({ onStart, onBuilt }) {
  const fingerprints = new Map();
  const waiting = new Set();
  for (const sibling of buildPlan()) {
    const print = fingerprint(sibling, fingerprints);
    fingerprints.set(sibling.folder, print);
    const stamp = join(stamps, sibling.folder);
    const isCurrent = isBuilt(sibling.folder) && existsSync(stamp) && readFileSync(stamp, 'utf8') === print;
    if (!isCurrent) waiting.add(sibling);
  }

  const unfinished = new Set([...waiting].map(({ folder }) => folder));
  if (unfinished.size > 0) onStart([...unfinished]);
  const running = new Set();
  const build = async ({ folder, manifest }) => {
    const start = performance.now();
    await mustRun('npm', ['run', 'build'], {
      cwd: join(root, folder),
      env: { NEXT_TELEMETRY_DISABLED: '1' },
    });
    linkCommands(folder, manifest.bin ?? {});
    const stamp = join(stamps, folder);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, fingerprints.get(folder));
    unfinished.delete(folder);
    onBuilt(folder, start);
  };
  while (waiting.size > 0 || running.size > 0) {
    for (const sibling of waiting) {
      if (running.size >= availableParallelism()) break;
      if (sibling.uses.some(({ folder }) => unfinished.has(folder))) continue;
      waiting.delete(sibling);
      const job = build(sibling).finally(() => running.delete(job));
      running.add(job);
    }
    if (running.size === 0) throw new Error('The siblings use each other in a circle.');
    await Promise.race(running);
  }
}
