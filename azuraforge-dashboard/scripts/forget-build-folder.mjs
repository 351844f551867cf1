/** Next.js notes where it was built, and needs the file in which it does; a published package is to be the same everywhere. */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../.next/required-server-files.json', import.meta.url);
const manifest = JSON.parse(readFileSync(file, 'utf8'));
const folder = manifest.config.outputFileTracingRoot;

const text = JSON.stringify(
  manifest,
  (_key, value) =>
    typeof value === 'string' && value.startsWith(folder) ? `.${value.slice(folder.length)}` : value,
  2,
);
writeFileSync(file, `${text}\n`);
