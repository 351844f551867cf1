/** `npm run up`: makes the checkout ready and runs the platform in this very process, so that signals reach it once. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare } from './prepare.mjs';
import { root } from './workspaces.mjs';

try {
  await prepare();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

process.chdir(root);
process.env.AZURAFORGE_HOME ||= join(root, '.azuraforge');
const main = join(root, 'platform/dist/main.js');
// Only npm takes away the `--` of `npm run up -- --no-quickstart`; others hand it on.
const options = process.argv.slice(process.argv[2] === '--' ? 3 : 2);
process.argv = [process.argv[0], main, 'up', ...options];
await import(pathToFileURL(main).href);
