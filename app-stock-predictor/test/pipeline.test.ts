import { test } from '@jest/globals';
import { pipelineChecks } from 'azuraforge-learner/plugin';

// Five years of prices are enough to prove the contract.
const checks = await pipelineChecks(new URL('../package.json', import.meta.url), {
  config: { first_year: 2015 },
});

test.each(checks)('$name', async ({ run }) => {
  await run();
});
