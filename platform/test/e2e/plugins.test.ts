import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PipelineListItem } from 'azuraforge-dbmodels/contract';
import { Scene } from './scene.ts';

let scene: Scene;
let token: string;

beforeAll(async () => {
  scene = await Scene.open({
    plugins: ['app-weather-forecaster', 'app-stock-predictor', 'app-throws-on-load'],
  });
  token = await scene.platform.token();
});

afterAll(async () => {
  await scene?.close();
});

async function pipelines(): Promise<Map<string, PipelineListItem>> {
  const { body } = await scene.ask('/pipelines', { token });
  return new Map((body as { items: PipelineListItem[] }).items.map((item) => [item.id, item]));
}

test('a plugin that throws on load is listed with what is wrong, and the others work', async () => {
  const listed = await pipelines();
  expect([...listed.keys()].sort()).toEqual(['stock_predictor', 'throws_on_load', 'weather_forecaster']);
  expect(listed.get('throws_on_load')).toMatchObject({
    status: 'broken',
    problem: {
      code: 'LOAD_FAILED',
      message: expect.stringContaining('The licence of this plugin has expired.'),
    },
  });
  expect(listed.get('weather_forecaster')).toMatchObject({ status: 'ready', problem: null });

  const refused = await scene.ask('/experiments', {
    method: 'POST',
    token,
    body: { pipeline_id: 'throws_on_load' },
  });
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'PIPELINE_BROKEN' } } });
  const accepted = await scene.ask('/experiments', {
    method: 'POST',
    token,
    body: { pipeline_id: 'weather_forecaster', config: { epochs: 1 } },
  });
  expect(accepted.status).toBe(202);
});

test('a plugin that was removed is gone after the worker was restarted', async () => {
  scene.plugins.uninstall('app-stock-predictor');
  await scene.platform.restart('worker');
  expect([...(await pipelines()).keys()].sort()).toEqual(['throws_on_load', 'weather_forecaster']);
  const answer = await scene.ask('/pipelines/stock_predictor', { token });
  expect(answer).toMatchObject({ status: 404, body: { error: { code: 'PIPELINE_NOT_FOUND' } } });
});

test('a plugin that was installed appears after the worker was restarted', async () => {
  scene.plugins.install('app-fails-in-training');
  await scene.platform.restart('worker');
  expect((await pipelines()).get('fails_in_training')).toMatchObject({
    status: 'ready',
    plugin: { name: 'app-fails-in-training', display_name: 'Fails in training' },
  });
});
