import { describe, expect, test } from '@jest/globals';
import type { DeviceChoice } from 'azuraforge-core';
import { memory } from 'azuraforge-core';
import type { SeriesTable } from '../../src/data/series-table.ts';
import { CancelledError, ConfigError, DataError, ModelFileError } from '../../src/error.ts';
import type { TrainingEvent } from '../../src/event.ts';
import { loadModel } from '../../src/model-file.ts';
import type { TrainingResult } from '../../src/pipeline.ts';
import type { BarsSection, ChartSection, FactsSection, ScoresSection } from '../../src/report.ts';
import type { TideConfig } from './tide-pipeline.ts';
import { TidePipeline, tideTable } from './tide-pipeline.ts';

interface Run {
  result: TrainingResult;
  events: TrainingEvent[];
}

async function train(
  change: Partial<TideConfig> = {},
  pipeline = new TidePipeline(),
  device?: DeviceChoice,
): Promise<Run> {
  const events: TrainingEvent[] = [];
  const result = await pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    device,
  });
  return { result, events };
}

function section<Section extends { id: string }>(result: TrainingResult, id: string): Section {
  return result.report.sections.find((candidate) => candidate.id === id) as unknown as Section;
}

const importance = ({ result }: Run): BarsSection => section(result, 'importance');

const fact = (result: TrainingResult, key: string): unknown =>
  section<FactsSection>(result, 'facts').items.find((item) => item.key === key)?.value;

/** Both scalers as model.json holds them. */
function scalers({ result }: Run): unknown[] {
  const { model, description } = loadModel(result.files);
  model.dispose();
  return [description.preprocessing['feature_scaler'], description.preprocessing['change_scaler']];
}

describe('training', () => {
  test('learns a law that naive forecasts do not know', async () => {
    const { result } = await train({ epochs: 15 });
    const { model, naive } = result.report.summary;
    expect(model).toBeLessThan(naive * 0.5);
    expect(section<{ id: string; tone: string }>(result, 'verdict').tone).toBe('good');
  });

  test('is the naive forecast until it has learned something', async () => {
    const { result } = await train({ epochs: 1, learning_rate: 1e-6, optimizer: 'sgd' });
    const { model, naive } = result.report.summary;
    expect(Math.abs(model / naive - 1)).toBeLessThan(1e-3);
  });

  test('does not depend on the scale of the data', async () => {
    const [small, large] = [await train({ epochs: 2 }), await train({ epochs: 2, scale: 1000 })];
    expect(large.result.report.summary.model / 1000).toBeCloseTo(small.result.report.summary.model, 3);
  });

  test('never lets the test rows reach the model, its scalers or its choice of epoch', async () => {
    class ChangedFuture extends TidePipeline {
      protected override loadSeries(config: TideConfig): SeriesTable {
        const table = super.loadSeries(config);
        const level = table.column('level');
        for (let row = 340; row < 400; row += 1) level[row] = 500 + 10 * (row % 7);
        return table;
      }
    }
    const before = await train({ epochs: 3 });
    const after = await train({ epochs: 3 }, new ChangedFuture());
    expect(after.result.files['model.safetensors']).toEqual(before.result.files['model.safetensors']);
    expect(scalers(after)).toEqual(scalers(before));
    expect(after.result.report.summary.model).not.toBe(before.result.report.summary.model);
  });

  test('never lets the validation rows reach the scalers', async () => {
    class ChangedValidation extends TidePipeline {
      protected override loadSeries(config: TideConfig): SeriesTable {
        const table = super.loadSeries(config);
        table.column('level').fill(1e6, 280, 340);
        return table;
      }
    }
    const [changed, original] = [
      await train({ epochs: 1 }, new ChangedValidation()),
      await train({ epochs: 1 }),
    ];
    expect(scalers(changed)).toEqual(scalers(original));
  });

  test('tells what it does while it does it', async () => {
    const { events } = await train({ epochs: 3, early_stopping_patience: 0 });
    const names = events.flatMap((event) => {
      if (event.type === 'stage') return [event.stage];
      return event.type === 'batch' ? [] : [event.type];
    });
    const epoch = ['epoch', 'preview'];
    expect(names).toEqual([
      'loading',
      'preparing',
      'training',
      'run',
      ...epoch,
      ...epoch,
      ...epoch,
      'evaluating',
      'saving',
    ]);
    const preview = events.find((event) => event.type === 'preview')!;
    const table = tideTable(400);
    const row = table.labels.indexOf(preview.labels.at(-1)!);
    // The last validation origin is four steps before the test part, which starts at row 340.
    expect(row).toBe(336);
    expect(preview.actual.at(-1)).toBe(table.column('level')[336]);
    expect(preview.predicted).toHaveLength(preview.labels.length);
    const lastEpoch = events.findLast((event) => event.type === 'epoch')!;
    expect(lastEpoch.fraction).toBe(1);
    expect(lastEpoch.metrics['mae']).toBeGreaterThan(0);
  });

  test('shows no more than 200 points of a long validation part', async () => {
    class LongTide extends TidePipeline {
      protected override loadSeries(): SeriesTable {
        return tideTable(2000);
      }
    }
    const { events } = await train({ epochs: 1, batch_size: 256 }, new LongTide());
    const preview = events.find((event) => event.type === 'preview')!;
    expect(preview.labels).toHaveLength(200);
    expect(preview.labels.at(-1)).toBe(tideTable(2000).labels[1696]);
    expect([preview.actual.length, preview.predicted.length]).toEqual([200, 200]);
  });

  test('reports on the test window as it was', async () => {
    const { result } = await train({ epochs: 1 });
    const chart = section<ChartSection>(result, 'test_last_step');
    const table = tideTable(400);
    expect([chart.x.labels[0], chart.x.labels.at(-1)]).toEqual([table.labels[343], table.labels[399]]);
    const values = (key: string): (number | null)[] =>
      chart.series.find((series) => series.key === key)!.values;
    expect(values('actual')[0]).toBeCloseTo(table.column('level')[343]!, 3);
    expect(values('naive')[0]).toBeCloseTo(table.column('level')[339]!, 3);
    expect(section<ScoresSection>(result, 'scores').rows).toHaveLength(3);
    expect(fact(result, 'train')).toBe(`${table.labels[0]} – ${table.labels[279]}`);
    expect(fact(result, 'test')).toBe(`${table.labels[340]} – ${table.labels[399]}`);
    expect(fact(result, 'dataset_hash')).toMatch(/^sha256:/);
    expect(fact(result, 'device')).toContain('wasm');
  });

  test('says what the model relies on, the same for a seed', async () => {
    const { bars, value } = importance(await train({ epochs: 15 }));
    // The tide itself carries the forecast; the season's sine and cosine are one input.
    expect(bars.map(({ key }) => key).toSorted()).toEqual(['level', 'season_year', 'wind_difference']);
    expect(bars[0]!.key).toBe('level');
    expect(bars[0]!.value).toBeGreaterThan(0.1);
    expect(bars.find(({ key }) => key === 'wind_difference')!.title).toEqual({
      en: 'wind (change)',
      tr: 'wind (değişim)',
    });
    expect(value.unit).toBe('m');
    const short = [await train({ epochs: 1 }), await train({ epochs: 1 })];
    expect(importance(short[0]!)).toEqual(importance(short[1]!));
  });

  test('relies on nothing until it has learned something', async () => {
    const { result } = await train({ epochs: 1, learning_rate: 1e-6, optimizer: 'sgd' });
    const { bars, description } = section<BarsSection>(result, 'importance');
    for (const bar of bars) expect(Math.abs(bar.value)).toBeLessThan(1e-3);
    expect(description).toMatchObject({ en: expect.stringContaining('not what matters') });
  });

  test('computes on the device it is given, to the same figures', async () => {
    const { result: cpu } = await train({ epochs: 2 }, new TidePipeline(), 'cpu');
    const { result: wasm } = await train({ epochs: 2 }, new TidePipeline(), 'wasm');
    expect([fact(cpu, 'device'), fact(wasm, 'device')]).toEqual([
      expect.stringMatching(/^cpu/),
      expect.stringMatching(/^wasm/),
    ]);
    expect(wasm.report.summary.model).toBeCloseTo(cpu.report.summary.model, 4);
    const forecasts = await Promise.all(
      [cpu, wasm].map(({ files }) => new TidePipeline().predict(files, {}, { device: 'wasm' })),
    );
    const values = forecasts.map(({ steps }) => steps.map(({ value }) => value));
    for (const [step, value] of values[0]!.entries()) expect(values[1]![step]).toBeCloseTo(value, 3);
  });

  test('stops early and keeps the best epoch', async () => {
    const { result, events } = await train({ epochs: 60, learning_rate: 0.05, early_stopping_patience: 2 });
    const stop = events.find((event) => event.type === 'early_stop')!;
    expect(stop.epoch).toBe(stop.best_epoch + 2);
    expect(fact(result, 'best_epoch')).toBe(`${stop.best_epoch} / ${stop.epoch}`);
  });

  test.each(['sgd', 'adam', 'adamw'] as const)('trains with %s', async (optimizer) => {
    const { events } = await train({ optimizer, epochs: 3, num_layers: 2, dropout: 0.1, scaler: 'min_max' });
    const losses = events.flatMap((event) => (event.type === 'epoch' ? [event.train_loss] : []));
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  test('leaves no tensor behind, finished or cancelled', async () => {
    const pipeline = new TidePipeline();
    const before = memory();
    const { result } = await train({ epochs: 1 }, pipeline);
    await pipeline.predict(result.files, {});
    const cancel = new AbortController();
    const run = pipeline.train({
      config: pipeline.defaultConfig(),
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.type === 'epoch') cancel.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow(CancelledError);
    expect(memory()).toEqual(before);
  });

  test('refuses what it cannot learn from, and says what to do', async () => {
    await expect(train({ epochs: 0 })).rejects.toThrow(ConfigError);
    const long = train({ window: 300 });
    await expect(long).rejects.toThrow(DataError);
    await expect(long).rejects.toThrow(/training part has 280 rows, too few for a window of 300/);
    class Flat extends TidePipeline {
      protected override loadSeries(config: TideConfig): SeriesTable {
        const table = super.loadSeries(config);
        table.column('wind').fill(3);
        return table;
      }
    }
    await expect(train({}, new Flat())).rejects.toThrow(
      /"wind_difference" has the same value \(0\) in every training row/,
    );
  });
});

describe('model files', () => {
  test('of another pipeline are refused', async () => {
    class Stream extends TidePipeline {
      override readonly id = 'stream';
    }
    const { result } = await train({ epochs: 1 });
    const prediction = new Stream().predict(result.files, {});
    await expect(prediction).rejects.toThrow(ModelFileError);
    await expect(prediction).rejects.toThrow('trained by tide, not by stream');
  });

  test.each<[string, (preprocessing: Record<string, any>) => void, RegExp]>([
    [
      'a missing part',
      (part) => delete part['change_scaler'],
      /preprocessing\.change_scaler: This field is missing/,
    ],
    ['too few rows', (part) => part.recent.labels.splice(9), /preprocessing\.recent has fewer rows .*\(11\)/],
    ['another horizon', (part) => (part.horizon = 3), /change_scaler does not have one column for each step/],
    ['a scale of 0', (part) => (part.feature_scaler.scale[0] = 0), /scale other than 0/],
  ])('with %s are refused by name', async (_, damage, message) => {
    const { result } = await train({ epochs: 1 });
    const json = JSON.parse(new TextDecoder().decode(result.files['model.json']));
    damage(json.preprocessing);
    const files = { ...result.files, 'model.json': new TextEncoder().encode(JSON.stringify(json)) };
    const prediction = new TidePipeline().predict(files, {});
    await expect(prediction).rejects.toThrow(ModelFileError);
    await expect(prediction).rejects.toThrow(message);
  });
});
