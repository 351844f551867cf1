import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Model } from 'azuraforge-dbmodels';
import { Laboratory } from './laboratory.ts';

let lab: Laboratory;

beforeAll(async () => {
  lab = await Laboratory.open();
  await lab.startWorker(await lab.installLab('quick', 'stubborn', 'careless'), { predictTimeoutMs: 1500 });
});
afterAll(() => lab.close());

async function trained(pipelineId: string): Promise<Model> {
  const experiment = await lab.ended(await lab.submit(pipelineId, { epochs: 2 }));
  return lab.database.getRepository(Model).findOneByOrFail({ experimentId: experiment.id });
}

test('a trained model answers with as many steps as are asked for', async () => {
  const model = await trained('quick');
  const answer = await lab.predict(model.id, { steps: 2 });
  expect(answer).toEqual({
    ok: true,
    prediction: {
      pipeline_id: 'quick',
      target: 'y',
      history: [{ label: '0', value: 0 }],
      steps: [
        { label: '1', value: 2, naive: 0 },
        { label: '2', value: 2, naive: 0 },
      ],
    },
  });
  const both = await Promise.all([lab.predict(model.id, {}), lab.predict(model.id, { steps: 1 })]);
  expect(both).toMatchObject([{ ok: true }, { ok: true }]);
});

test('a wrong input is an answer that names the fields', async () => {
  const model = await trained('quick');
  expect(await lab.predict(model.id, { steps: 6 })).toEqual({
    ok: false,
    code: 'PREDICTION_INPUT_INVALID',
    message: 'The input does not fit the model.',
    details: [{ path: 'steps', message: 'must be at most 5' }],
  });
});

test('a model that is not there, or whose files are gone, is an answer too', async () => {
  const missing = { ok: false, code: 'MODEL_NOT_FOUND', message: 'There is no such model.' };
  expect(await lab.predict(randomUUID(), {})).toEqual(missing);
  expect(await lab.predict('../../etc', {})).toEqual(missing);
  const model = await trained('quick');
  await rm(join(lab.folder, 'artifacts', model.experimentId, 'model.json'));
  expect(await lab.predict(model.id, {})).toEqual({
    ok: false,
    code: 'PREDICTION_FAILED',
    message: expect.stringContaining('train it again'),
  });
});

test('an answer with a number that JSON has no word for is none', async () => {
  const model = await trained('careless');
  expect(await lab.predict(model.id, {})).toEqual({
    ok: false,
    code: 'PREDICTION_FAILED',
    message: 'The pipeline answered NaN at steps.1.value.',
  });
});

test('a forecast that never ends is stopped', async () => {
  const model = await trained('stubborn');
  expect(await lab.predict(model.id, {})).toEqual({
    ok: false,
    code: 'PREDICTION_FAILED',
    message: expect.stringContaining('longer than 1.5 seconds'),
  });
});
