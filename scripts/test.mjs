/** `npm test`: every sibling's tests, the end-to-end test among them, and one closing line with their sum. */
import { join } from 'node:path';
import { prepare } from './prepare.mjs';
import { Tally } from './tally.mjs';
import { installTestNeeds } from './test-needs.mjs';
import { chosenSiblings, root } from './workspaces.mjs';

const chosen = chosenSiblings(process.argv.slice(2));
await prepare();
await installTestNeeds();

const tally = new Tally();
for (const { folder } of chosen) {
  console.log(`\n── ${folder}`);
  await tally.test(folder, join(root, folder));
}
tally.close();
