import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds the checked-out siblings. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The siblings in build order, as the root package.json lists them. */
export function siblings() {
  const { workspaces } = readJson(join(root, 'package.json'));
  return workspaces.map((folder) => ({ folder, manifest: readJson(join(root, folder, 'package.json')) }));
}

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
