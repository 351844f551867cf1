import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readModelFolder, runPipelineCli } from '../../src/node.ts';
import type { TextStream } from '../../src/node/progress-view.ts';
import type { TrainingResult, TrainingRun } from '../../src/pipeline.ts';
import type { TideConfig } from '../pipeline/tide-pipeline.ts';
import { TidePipeline } from '../pipeline/tide-pipeline.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipeline-cli-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Collects what is written, on a terminal or not. */
function screen(isTTY: boolean): { stream: TextStream; text(): string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 120 }), text: () => text };
}

async function run(
  argv: string[],
  { pipeline = new TidePipeline(), isTTY = false } = {},
): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [screen(false), screen(isTTY)];
  const code = await runPipelineCli(pipeline, argv, { stdout: stdout.stream, stderr: stderr.stream });
  return { code, out: stdout.text(), err: stderr.text() };
}

/** Remembers the configuration it was run with. */
class Watched extends TidePipeline {
  config: TideConfig | null = null;

  override train(task: TrainingRun<TideConfig>): Promise<TrainingResult> {
    this.config = task.config;
    return super.train(task);
  }
}

describe('runPipelineCli', () => {
  test('trains, compares with naive, and writes a folder that predicts', async () => {
    const pipeline = new TidePipeline();
    const { code, out, err } = await run(['--epochs', '2', '--out', join(folder, 'model')]);
    expect(code).toBe(0);
    expect(err.trim().split('\n')).toEqual([
      expect.stringMatching(/^\d+ parameters, 266 training, 57 validation and 57 test samples, on wasm/),
      expect.stringMatching(/^epoch 1\/2 {2}loss [\d.]+ {2}validation [\d.]+ \* {2}ETA \d+s$/),
      expect.stringMatching(/^epoch 2\/2 {2}loss [\d.]+ {2}validation [\d.]+( \*)? {2}ETA 0s$/),
    ]);
    expect(out).toMatch(
      /mae \(m\) +rmse \(m\) +mase +smape \(%\)\nModel .*\nNaive \(last value\) .*\nSeasonal naive /,
    );
    expect(out).toContain('2024-02-08');
    const files = await readModelFolder(join(folder, 'model'));
    expect(Object.keys(files).sort()).toEqual(['model.json', 'model.safetensors', 'report.json']);
    expect((await pipeline.predict(files, {})).steps).toHaveLength(4);
  });

  test('refuses a folder that is taken before it trains', async () => {
    await writeFile(join(folder, 'notes.txt'), 'keep me');
    for (const taken of [folder, join(folder, 'notes.txt'), '.']) {
      const { code, err } = await run(['--epochs', '1', '--out', taken]);
      expect([code, err]).toEqual([1, `${taken} exists already. Choose another folder or empty it.\n`]);
    }
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('keep me');
  });

  test('reads every kind of flag', async () => {
    const pipeline = new Watched();
    const flags = ['--learning-rate=0.02', '--batch_size', '64', '--loss', 'mae', '--calm', '--epochs', '1'];
    const { code } = await run([...flags, '--out', join(folder, 'model')], { pipeline });
    expect(code).toBe(0);
    expect(pipeline.config).toEqual({
      ...pipeline.defaultConfig(),
      learning_rate: 0.02,
      batch_size: 64,
      loss: 'mae',
      calm: true,
      epochs: 1,
    });
  });

  test('computes where AZURAFORGE_DEVICE says, and refuses a device that there is not', async () => {
    try {
      process.env.AZURAFORGE_DEVICE = 'cpu';
      const { err } = await run(['--epochs', '1', '--out', join(folder, 'model')]);
      expect(err).toContain('on cpu (JavaScript)');
      process.env.AZURAFORGE_DEVICE = 'tpu';
      const refused = await run(['--epochs', '1', '--out', join(folder, 'other')]);
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('auto, gpu, wasm, cpu') });
    } finally {
      delete process.env.AZURAFORGE_DEVICE;
    }
  });

  test('draws a bar on a terminal', async () => {
    const { code, err } = await run(['--epochs', '2', '--out', join(folder, 'model')], { isTTY: true });
    expect(code).toBe(0);
    expect(err).toMatch(/█+.* 100% \| epoch 2\/2 \| loss [\d.]+ \| validation [\d.]+ \| ETA/);
    expect(err).not.toContain('NaN');
  });

  test('explains itself', async () => {
    const { code, out, err } = await run(['--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Forecasts the level of a tide\.\n/);
    expect(out).toMatch(/--learning-rate x +Size of each step.*\(0\.000001 to 1, default 0\.01\)/);
    expect(out).toMatch(/--optimizer adam\|adamw\|sgd +.*\(default adam\)/);
    expect(out).toMatch(/--out folder +/);
    expect(out).toMatch(/AZURAFORGE_DEVICE=auto\|gpu\|wasm\|cpu/);
  });

  test.each([
    [['--epoch', '3'], 'There is no flag --epoch; did you mean --epochs? --help lists all flags.'],
    [['-x'], 'There is no flag -x. --help lists all flags.'],
    [['--epochs', '0'], '--epochs 0: Must be at least 1. --help lists the ranges.'],
    [['--epochs', 'many'], '--epochs "many": Must be a whole number. --help lists the ranges.'],
    [['--loss=mape'], '--loss "mape": Must be one of: mse, mae, huber. --help lists the ranges.'],
    [['--calm=perhaps'], '--calm "perhaps": Must be true or false. --help lists the ranges.'],
    [['--epochs'], '--epochs needs a value, such as --epochs 6.'],
    [['fast'], '"fast" is not a flag. Write flags as --name value; --help lists them.'],
  ])('refuses %j in one sentence', async (argv, sentence) => {
    expect(await run(argv)).toEqual({ code: 2, out: '', err: `${sentence}\n` });
  });

  test('says why a run failed, without a stack trace', async () => {
    const { code, out, err } = await run(['--window', '300']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^The training part has 280 rows.*\n$/);
  });

  test('stops cleanly on Ctrl-C and writes nothing', async () => {
    const out = join(folder, 'model');
    const running = run(['--epochs', '500', '--early-stopping-patience', '0', '--out', out]);
    const timer = setTimeout(() => process.emit('SIGINT'), 300);
    const { code, err } = await running;
    clearTimeout(timer);
    expect(code).toBe(130);
    expect(err).toMatch(/Stopped\. Nothing was written\.\n$/);
    expect(await readdir(folder)).toEqual([]);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});
