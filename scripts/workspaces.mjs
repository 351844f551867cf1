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

/** Those of the siblings that the command line names; all when it names none. Ends the program at a wrong name. */
export function chosenSiblings(folders) {
  const all = siblings();
  for (const name of folders) {
    if (all.some(({ folder }) => folder === name)) continue;
    console.error(`There is no sibling "${name}". There are ${all.map(({ folder }) => folder).join(', ')}.`);
    process.exit(2);
  }
  return folders.length === 0 ? all : all.filter(({ folder }) => folders.includes(folder));
}

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
