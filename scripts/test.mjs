/** `npm test`: every sibling's tests, the end-to-end test among them, and one closing line with their sum. */
import { join } from 'node:path';
import { elapsed } from './command.mjs';
import { runJest } from './jest-results.mjs';
import { prepare } from './prepare.mjs';
import { installTestNeeds } from './test-needs.mjs';
import { chosenSiblings, root } from './workspaces.mjs';

const chosen = chosenSiblings(process.argv.slice(2));
await prepare();
await installTestNeeds();

let passed = 0;
let failed = 0;
const skipped = [];
for (const { folder } of chosen) {
  console.log(`\n── ${folder}`);
  const start = performance.now();
  const result = await runJest(join(root, folder));
  console.log(`── ${folder}: ${result.passed} passed, ${result.failed} failed (${elapsed(start)})`);
  passed += result.passed;
  failed += result.failed;
  skipped.push(...result.skipped.map((name) => `${folder}: ${name}`));
}

if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.map((name) => `  - ${name}`).join('\n')}`);
console.log(`\nTests: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
