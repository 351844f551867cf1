import { test } from '@jest/globals';
import { pipelineChecks } from 'azuraforge-learner/plugin';

const checks = await pipelineChecks(new URL('../package.json', import.meta.url));

test.each(checks)('$name', async ({ run }) => {
  await run();
});
