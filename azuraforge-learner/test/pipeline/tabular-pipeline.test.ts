import { describe, expect, test } from '@jest/globals';
import { memory } from 'azuraforge-core';
import { Table } from '../../src/data/table.ts';
import { ConfigError, DataError, ModelFileError, PredictionInputError } from '../../src/error.ts';
import type { ClassPrediction, TrainingResult, ValuePrediction } from '../../src/pipeline.ts';
import { testPipeline } from '../../src/plugin.ts';
import type { BarsSection, ChartSection, ScoresSection } from '../../src/report.ts';
import type { HouseConfig } from './house-pipeline.ts';
import { HousePipeline, houseTable } from './house-pipeline.ts';

function train(change: Partial<HouseConfig> = {}, pipeline = new HousePipeline()): Promise<TrainingResult> {
  return pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
}

function section<Section extends { id: string }>({ report }: TrainingResult, id: string): Section {
  return report.sections.find((candidate) => candidate.id === id) as unknown as Section;
}

const columns = <Values>(names: string[], valuesOf: (name: string) => Values): Record<string, Values> =>
  Object.fromEntries(names.map((name) => [name, valuesOf(name)]));

/** A table of 60 houses with a column changed. */
function withColumns(change: {
  numeric?: Record<string, number[]>;
  categorical?: Record<string, (string | null)[]>;
}): HousePipeline {
  const table = houseTable(60);
  return new HousePipeline(
    new Table({
      numeric: { ...columns(table.numericNames, (name) => table.numeric(name)), ...change.numeric },
      categorical: {
        ...columns(table.categoricalNames, (name) => table.categorical(name)),
        ...change.categorical,
      },
    }),
  );
}

const sixty = <Value>(valueAt: (row: number) => Value): Value[] =>
  Array.from({ length: 60 }, (_, row) => valueAt(row));

const prices = train();
const sales = train({ target: 'sold' });

function addInput(stored: Record<string, unknown>): void {
  const encoder = stored['encoder'] as { numeric: { name: string }[] };
  encoder.numeric.push({ ...encoder.numeric[0]!, name: 'rooms' });
}

const house = { area: 120, age: 20, district: 'hill' };

async function ask(
  trained: Promise<TrainingResult>,
  rows: unknown,
): Promise<ClassPrediction | ValuePrediction> {
  return new HousePipeline().predict((await trained).files, { rows } as never);
}

describe('training', () => {
  test('takes a column that is called as what every object has', async () => {
    const table = houseTable(60);
    const numeric = {
      constructor: Array.from(table.numeric('area')),
      price: Array.from(table.numeric('price')),
    };
    const { report, inputSchema } = await train(
      { epochs: 1 },
      new HousePipeline(new Table({ numeric }), ['constructor']),
    );
    expect(report.sections.find(({ id }) => id === 'importance')).toMatchObject({
      bars: [{ title: 'constructor' }],
    });
    expect(inputSchema).toMatchObject({
      properties: { rows: { items: { properties: { constructor: { title: 'constructor' } } } } },
    });
  });

  test('keeps the contract of plugins, whether it predicts numbers or classes', async () => {
    expect(await testPipeline(new HousePipeline())).toHaveLength(8);
    expect(await testPipeline(new HousePipeline(), { config: { target: 'sold' } })).toHaveLength(8);
  });

  test.each(['embedding', 'one_hot'] as const)('learns a number, with %s', async (encoding) => {
    const result = encoding === 'embedding' ? await prices : await train({ encoding });
    const { metric, model, naive, unit, verdict } = result.report.summary;
    expect({ metric, unit, verdict }).toEqual({ metric: 'mae', unit: 'k€', verdict: 'better' });
    expect(model).toBeLessThan(naive * 0.35);
    const scores = section<ScoresSection>(result, 'scores');
    expect(scores.rows.map(({ role }) => role)).toEqual(['model', 'naive', 'other']);
    expect(scores.rows[0]!.values['r2']).toBeGreaterThan(0.8);
    // The mean of other rows explains nothing.
    expect(scores.rows[2]!.values['r2']).toBeLessThanOrEqual(0);
  });

  test('learns a class', async () => {
    const result = await sales;
    const { metric, model, naive, verdict } = result.report.summary;
    expect({ metric, verdict }).toEqual({ metric: 'error_rate', verdict: 'better' });
    expect(model).toBeLessThan(naive * 0.5);
    expect(section<ScoresSection>(result, 'confusion').rows.map(({ title }) => title)).toEqual(['no', 'yes']);
  });

  test('takes numbers for classes where it is told to', async () => {
    const area = Array.from({ length: 60 }, (_, row) => row % 2);
    const { report } = await train(
      { task: 'classification', epochs: 1 },
      withColumns({ numeric: { price: area } }),
    );
    expect(report.summary.metric).toBe('error_rate');
  });

  test('says which columns the model relies on, whatever the encoder makes of them', async () => {
    for (const result of [await prices, await train({ encoding: 'one_hot' })]) {
      const { bars, value } = section<BarsSection>(result, 'importance');
      expect(bars.map(({ key }) => key)).toEqual(['area', 'district', 'age']);
      expect(bars[0]!.title).toEqual({ en: 'Area', tr: 'Alan' });
      expect(bars[0]!.value).toBeGreaterThan(50);
      expect(value.unit).toBe('k€');
    }
    const { bars } = section<BarsSection>(await sales, 'importance');
    expect(bars[0]).toMatchObject({ key: 'area' });
    expect(bars[0]!.value).toBeGreaterThan(0.1);
    expect(bars[0]!.value).toBeLessThan(1);
  });

  test('has a report where one row is left to test', async () => {
    const { report } = await train({ epochs: 1, test_fraction: 0.02 }, new HousePipeline(houseTable(40)));
    expect(report.sections.find(({ id }) => id === 'importance')).toMatchObject({ kind: 'note' });
  });

  test('does not call a model better that knows nothing', async () => {
    const noise = houseTable(200).rows(Array.from({ length: 200 }, (_, row) => (row * 77) % 200));
    const table = houseTable(200);
    const unrelated = new Table({
      numeric: { area: noise.numeric('area'), age: noise.numeric('age'), price: table.numeric('price') },
      categorical: { district: noise.categorical('district') },
    });
    const { report } = await train({}, new HousePipeline(unrelated));
    expect(report.summary.verdict).not.toBe('better');
  });

  test('shows every residual once', async () => {
    const { series } = section<ChartSection>(await prices, 'residuals');
    const counts = series[0]!.values as number[];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(45);
  });

  test('never lets a row outside the training part reach the model or its encoder', async () => {
    const table = houseTable(60);
    const weightsWith = async (area: ArrayLike<number>): Promise<string> => {
      const changed = new Table({
        numeric: { area, age: table.numeric('age'), price: table.numeric('price') },
        categorical: { district: table.categorical('district') },
      });
      const { files } = await train({ epochs: 1 }, new HousePipeline(changed));
      return Buffer.from(files['model.safetensors']!).toString('base64');
    };
    const before = await weightsWith(table.numeric('area'));
    let untouched = 0;
    for (let row = 0; row < 12; row += 1) {
      const area = table.numeric('area').slice();
      area[row] = 1000;
      if ((await weightsWith(area)) === before) untouched += 1;
    }
    // 30 % of the rows are for validation and test.
    expect(untouched).toBeGreaterThan(0);
    expect(untouched).toBeLessThan(9);
  });

  test('leaves no tensor behind', async () => {
    await Promise.all([prices, sales]);
    const before = memory().buffers;
    await train({ epochs: 1 });
    await train({ epochs: 1, target: 'sold', encoding: 'one_hot', normalization: 'none', loss: 'huber' });
    expect(memory().buffers).toBe(before);
  });
});

describe('data that cannot be learned from', () => {
  test.each<[string, () => HousePipeline, Partial<HouseConfig>, RegExp]>([
    [
      'a constant input',
      () => withColumns({ numeric: { area: sixty(() => 7) } }),
      {},
      /"area" has the same value/,
    ],
    [
      'one category',
      () => withColumns({ categorical: { district: sixty(() => 'hill') } }),
      {},
      /"district" is "hill" in every/,
    ],
    [
      'a missing input',
      () => withColumns({ numeric: { area: sixty(() => Number.NaN) } }),
      {},
      /"area" is missing in every/,
    ],
    [
      'a constant target',
      () => withColumns({ numeric: { price: sixty(() => 3) } }),
      {},
      /"price" has the same value/,
    ],
    [
      'a gap in a number to predict',
      () => withColumns({ numeric: { price: sixty((row) => (row === 5 ? Number.NaN : row)) } }),
      {},
      /Target "price", row 6: it is missing/,
    ],
    [
      'a gap in a class to predict',
      () => withColumns({ categorical: { sold: sixty((row) => (row === 5 ? null : 'yes')) } }),
      { target: 'sold' },
      /Target "sold", row 6: it is missing/,
    ],
    [
      'one class',
      () => withColumns({ categorical: { sold: sixty(() => 'yes') } }),
      { target: 'sold' },
      /Target "sold": all 60 labels are "yes"/,
    ],
    [
      'a class of two rows',
      () => withColumns({ categorical: { sold: sixty((row) => (row % 30 === 5 ? 'perhaps' : 'yes')) } }),
      { target: 'sold', test_fraction: 0.4, validation_fraction: 0.4 },
      /Class "perhaps" has 2 of 60 samples/,
    ],
    ['too few rows', () => new HousePipeline(houseTable(2)), {}, /Of 2 samples none is left/],
    [
      'no such target',
      () => new HousePipeline(new Table({ numeric: { area: [1, 2, 3] } }), undefined),
      {},
      /no column "price" to predict; there are: area/,
    ],
    [
      'the target among the inputs',
      () => new HousePipeline(houseTable(60), ['area', 'price']),
      {},
      /"price" is among the inputs/,
    ],
    ['no such input', () => new HousePipeline(houseTable(60), ['rooms']), {}, /no column "rooms"/],
    ['nothing to learn from', () => new HousePipeline(houseTable(60), []), {}, /no column beside the target/],
  ])('%s', async (_, pipeline, config, message) => {
    const failure = train(config, pipeline());
    await expect(failure).rejects.toThrow(DataError);
    await expect(failure).rejects.toThrow(message);
  });

  test('a number out of names', async () => {
    const failure = train({ target: 'sold', task: 'regression' });
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toMatchObject({ details: [{ path: 'task' }] });
  });
});

describe('prediction', () => {
  test('gives numbers in the unit of the target', async () => {
    const answer = (await ask(prices, [house, { ...house, district: 'town' }])) as ValuePrediction;
    expect(answer).toMatchObject({ pipeline_id: 'houses', target: 'price', unit: 'k€' });
    const [hill, town] = answer.rows.map(({ value }) => value) as [number, number];
    expect(Math.abs(hill - 345)).toBeLessThan(60);
    expect(Math.abs(town - 153)).toBeLessThan(60);
    const naive = section<ScoresSection>(await prices, 'scores');
    expect(naive.rows[1]!.key).toBe('median');
    expect(answer.naive).toBeGreaterThan(100);
  });

  test('gives classes with their probabilities', async () => {
    const rows = [house, { area: 60, age: 70, district: 'town' }];
    const answer = (await ask(sales, rows)) as ClassPrediction;
    expect(answer.classes).toEqual(['no', 'yes']);
    expect(answer.rows.map(({ label }) => label)).toEqual(['no', 'yes']);
    for (const { probabilities } of answer.rows)
      expect(probabilities[0]! + probabilities[1]!).toBeCloseTo(1, 5);
  });

  test('does without values that were missing in training, and with categories that training did not have', async () => {
    const answer = (await ask(prices, [{ area: 120, district: 'moon' }])) as ValuePrediction;
    expect(Number.isFinite(answer.rows[0]!.value)).toBe(true);
  });

  test('reads names as training did', async () => {
    const { rows } = await ask(prices, [house, { ...house, district: ` ${house.district}\t` }]);
    expect(rows[1]).toEqual(rows[0]);
  });

  test('does not depend on what else is asked', async () => {
    const [alone] = (await ask(prices, [house])).rows;
    const many = (
      await ask(
        prices,
        Array.from({ length: 300 }, (_, age) => ({ ...house, age })),
      )
    ).rows;
    expect((many[20] as { value: number }).value).toBeCloseTo((alone as { value: number }).value, 3);
  });

  test.each<[string, unknown, string]>([
    ['no rows', [], 'rows'],
    ['a missing column', [{ age: 3, district: 'hill' }], 'rows.0.area'],
    ['text for a number', [{ ...house, area: 'large' }], 'rows.0.area'],
    ['NaN', [house, { ...house, area: Number.NaN }], 'rows.1.area'],
    ['a name that counts as missing', [house, { ...house, district: ' N/A' }], 'rows.1.district'],
    ['a foreign column', [{ ...house, price: 3 }], 'rows.0.price'],
    ['a number beyond float32', [{ ...house, area: 1e300 }], 'rows'],
  ])('refuses %s', async (_, rows, path) => {
    const error = await ask(prices, rows).then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(PredictionInputError);
    expect((error as PredictionInputError).details.map((problem) => problem.path)).toContain(path);
  });

  test.each<[string, (preprocessing: Record<string, unknown>) => void]>([
    ['no target', (stored) => delete stored['target']],
    ['another kind of target', (stored) => (stored['target'] = { kind: 'poem' })],
    ['a damaged encoder', (stored) => (stored['encoder'] = {})],
    ['an input more than its layers take', addInput],
  ])('refuses a model.json with %s', async (_, damage) => {
    const { files } = await prices;
    const content = JSON.parse(new TextDecoder().decode(files['model.json']));
    damage(content.preprocessing);
    const damaged = { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(content)) };
    await expect(new HousePipeline().predict(damaged, { rows: [house] })).rejects.toThrow(ModelFileError);
  });
});
