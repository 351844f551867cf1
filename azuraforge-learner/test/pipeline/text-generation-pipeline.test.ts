import { describe, expect, test } from '@jest/globals';
import type { TrainingResult } from '../../src/pipeline.ts';
import { testPipeline } from '../../src/plugin.ts';
import type { BalladConfig } from './ballad-pipeline.ts';
import { BalladPipeline } from './ballad-pipeline.ts';

function train(change: Partial<BalladConfig> = {}, pipeline = new BalladPipeline()): Promise<TrainingResult> {
  return pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: (e) => console.log(JSON.stringify(e)),
  });
}
test('x', async () => {
  const t=performance.now();
  const r = await train();
  console.log(JSON.stringify(r.report, null, 1).slice(0, 6000), (performance.now()-t));
  console.log(await new BalladPipeline().predict(r.files, { prompt: 'Ece walked', seed: 3 }));
}, 60000);
test('keeps', async () => { console.log(await testPipeline(new BalladPipeline())); }, 60000);
