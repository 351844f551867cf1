import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExperimentDetail, ModelDetail } from 'azuraforge-dbmodels/contract';
import type { Page } from 'playwright-core';
import { findChromium } from './browser.ts';
import { Scene } from './scene.ts';

const CHERRY = { width: 2, length: 2, weight: 8, origin: 'Napa' };
const BANANA = { width: 4, length: 18, weight: 120, origin: 'Anamur' };
const chromium = findChromium();

let scene: Scene;
let token: string;
let fruit: ExperimentDetail;

beforeAll(async () => {
  scene = await Scene.open({ plugins: ['app-judges-samples'], device: 'wasm', chromium });
  token = await scene.platform.token();
  fruit = await trained('fruit');
});

afterAll(async () => {
  await scene?.close();
});

/** Trains a pipeline with its defaults and answers with the finished experiment. */
async function trained(pipelineId: string): Promise<ExperimentDetail> {
  const { body } = await scene.ask('/experiments', {
    method: 'POST',
    token,
    body: { pipeline_id: pipelineId },
  });
  const { experiment_id: id } = body as { experiment_id: string };
  for (;;) {
    const experiment = (await scene.ask(`/experiments/${id}`, { token })).body as ExperimentDetail;
    if (experiment.status === 'SUCCESS') return experiment;
    if (experiment.finished_at !== null) throw new Error(JSON.stringify(experiment.error));
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
  }
}

describe('a model that judges rows of a table', () => {
  test('answers with a class for each row, beside the shares in the training data', async () => {
    const answer = await scene.ask(`/models/${fruit.model_id}/predict`, {
      method: 'POST',
      token,
      body: { rows: [CHERRY, BANANA] },
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        pipeline_id: 'fruit',
        target: 'kind',
        classes: ['apple', 'banana', 'cherry'],
        rows: [{ label: 'cherry' }, { label: 'banana' }],
        naive: [expect.closeTo(1 / 3), expect.closeTo(1 / 3), expect.closeTo(1 / 3)],
      },
    });
  });

  test('refuses rows that do not fit by the path of the field', async () => {
    const { weight: _weight, ...short } = BANANA;
    const answer = await scene.ask(`/models/${fruit.model_id}/predict`, {
      method: 'POST',
      token,
      body: { rows: [{ ...CHERRY, width: 'wide' }, short] },
    });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'PREDICTION_INPUT_INVALID',
          details: [
            { path: 'rows.0.width', keyword: 'type' },
            { path: 'rows.1.weight', keyword: 'required' },
          ],
        },
      },
    });
  });

  test('was trained with learning rate and gradient norm told for every epoch', async () => {
    const { body } = await scene.ask(`/experiments/${fruit.id}/events`, { token });
    const epochs = (body as { items: { body: { type: string } }[] }).items
      .map((event) => event.body)
      .filter(({ type }) => type === 'epoch');
    expect(epochs).toHaveLength(8);
    for (const epoch of epochs) {
      expect(epoch).toMatchObject({ learning_rate: expect.any(Number), gradient_norm: expect.any(Number) });
    }
  });
});

describe('a model that judges images', () => {
  let model: ModelDetail;
  const ask = (image: string) =>
    scene.ask(`/models/${model.id}/predict`, { method: 'POST', token, body: { rows: [{ image }] } });

  beforeAll(async () => {
    const { model_id: id } = await trained('bright_side');
    model = (await scene.ask(`/models/${id}`, { token })).body as ModelDetail;
  });

  test('sees what is on an image file', async () => {
    const answer = await ask(brightLeft(8).toString('base64'));
    expect(answer).toMatchObject({ status: 200, body: { target: 'side', rows: [{ label: 'left' }] } });
  });

  test('says which image is wrong, and why', async () => {
    for (const [image, why] of [
      ['aGVsbG8=', 'PNG or JPEG'],
      [brightLeft(10).toString('base64'), '8 × 8 pixels'],
    ] as const) {
      expect(await ask(image)).toMatchObject({
        status: 422,
        body: {
          error: {
            code: 'PREDICTION_INPUT_INVALID',
            details: [{ path: 'rows.0.image', message: expect.stringContaining(why) }],
          },
        },
      });
    }
  });
});

if (chromium === undefined) {
  test.skip('the form of a table in a browser (no Chromium on this machine: apt-get install chromium)', () => {});
} else {
  test('the dashboard asks for the rows of a table and draws the classes', async () => {
    const page = await signIn();
    await page.goto(`${scene.platform.urls.dashboard}/experiments/${fruit.id}?tab=predict`);
    const form = page.getByTestId('predict-form');
    for (const name of ['width', 'length', 'weight'] as const) {
      await form.locator(`#field-rows-0-${name}`).fill(String(CHERRY[name]));
    }
    await form.getByTestId('submit').click();
    await page.getByTestId('field-rows-0-origin-error').waitFor();
    await form.locator('#field-rows-0-origin').fill(CHERRY.origin);
    await form.getByTestId('submit').click();
    await page.getByTestId('class-answer').waitFor();
    expect(await page.getByTestId('class-row').locator('strong').allInnerTexts()).toEqual(['cherry']);
  });
}

async function signIn(): Promise<Page> {
  const page = await (await scene.newWindow()).newPage();
  await page.goto(scene.platform.urls.dashboard);
  await page.locator('#username').fill('admin');
  await page.locator('#password').fill(scene.platform.admin.password ?? '');
  await page.getByTestId('submit').click();
  await page.getByTestId('experiments-empty').or(page.getByTestId('experiment-row').first()).waitFor();
  return page;
}

/** A grey PNG file of `size` × `size` pixels whose left half is bright. */
function brightLeft(size: number): Buffer {
  const lines = Buffer.alloc(size * (size + 1));
  for (let row = 0; row < size; row += 1)
    lines.fill(220, row * (size + 1) + 1, row * (size + 1) + 1 + size / 2);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header[8] = 8;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
