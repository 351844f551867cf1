import { beforeAll, describe, expect, test } from '@jest/globals';
import { PredictionInputError } from '../../src/error.ts';
import type { FieldProblem } from '../../src/error.ts';
import { schemaProblems } from '../../src/pipeline/schema-check.ts';
import type { SeriesDescription } from '../../src/pipeline/series-description.ts';
import type { PredictionInput, TrainingResult } from '../../src/pipeline.ts';
import { TidePipeline, tideTable } from './tide-pipeline.ts';

const pipeline = new TidePipeline();
const table = tideTable(400);
let trained: TrainingResult;

beforeAll(async () => {
  trained = await pipeline.train({
    config: { ...pipeline.defaultConfig(), epochs: 3 },
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
});

/** The rows before `end`, as a client would send them. */
function rowsUntil(end: number, count = 11): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => {
    const row = end - count + index;
    return {
      date: table.labels[row],
      level: table.column('level')[row],
      wind: table.column('wind')[row],
      remark: 'left out',
    };
  });
}

async function problems(input: PredictionInput): Promise<FieldProblem[]> {
  try {
    await pipeline.predict(trained.files, input);
  } catch (error) {
    if (error instanceof PredictionInputError) return error.details;
    throw error;
  }
  return [];
}

describe('predict', () => {
  test('goes on after the training data, beside the naive forecast', async () => {
    const { steps, history, target, unit } = await pipeline.predict(trained.files, {});
    expect([target, unit]).toEqual(['level', 'm']);
    const last = table.column('level').at(-1);
    expect(steps.map(({ label, naive }) => [label, naive])).toEqual([
      ['2024-02-05', last],
      ['2024-02-06', last],
      ['2024-02-07', last],
      ['2024-02-08', last],
    ]);
    expect(steps.every(({ value }) => Math.abs(value - 20) < 5)).toBe(true);
    expect(history).toHaveLength(60);
    expect(history.at(-1)).toEqual({ label: '2024-02-04', value: last });
  });

  test('gives what training saw: the forecast of the report, from the rows of that day', async () => {
    const chart = trained.report.sections.find(({ id }) => id === 'test_last_step')!;
    if (chart.kind !== 'chart') throw new Error('test_last_step is no chart');
    const inReport = chart.series.find(({ key }) => key === 'model')!.values[10]!;
    // The eleventh test origin is row 349; its window and the difference before it are rows 339 to 349.
    const { steps } = await pipeline.predict(trained.files, { rows: rowsUntil(350) });
    expect(steps[3]!.label).toBe(chart.x.labels[10]);
    expect(steps[3]!.value).toBeCloseTo(inReport, 3);
  });

  test('needs no more rows than it says, and uses only the last of more', async () => {
    const few = await pipeline.predict(trained.files, { rows: rowsUntil(350), steps: 2 });
    const many = await pipeline.predict(trained.files, { rows: rowsUntil(350, 40), steps: 2 });
    expect(few.steps).toHaveLength(2);
    expect(many.steps).toEqual(few.steps);
    expect([few.history.length, many.history.length]).toEqual([11, 40]);
  });

  test.each<[string, () => PredictionInput, string, RegExp]>([
    ['too many steps', () => ({ steps: 5 }), 'steps', /at most 4/],
    ['no steps', () => ({ steps: 0 }), 'steps', /at least 1/],
    ['half a step', () => ({ steps: 1.5 }), 'steps', /whole number/],
    ['too few rows', () => ({ rows: rowsUntil(350, 10) }), 'rows', /at least 11/],
    [
      'a missing column',
      () => ({ rows: rowsUntil(350).with(3, { date: table.labels[342], level: 1 }) }),
      'rows.3.wind',
      /missing/,
    ],
    [
      'NaN',
      () => ({ rows: rowsUntil(350).with(4, { ...rowsUntil(350)[4], level: Number.NaN }) }),
      'rows.4.level',
      /a number/,
    ],
    [
      'a number far too large',
      () => ({ rows: rowsUntil(350, 11).with(10, { ...rowsUntil(350, 11)[10], wind: 1e300 }) }),
      'rows',
      /far too large/,
    ],
    [
      'a month that does not exist',
      () => ({ rows: rowsUntil(350).with(2, { ...rowsUntil(350)[2], date: '2020-13-01' }) }),
      'rows.2.date',
      /date/,
    ],
    [
      'text',
      () => ({ rows: rowsUntil(350).with(4, { ...rowsUntil(350)[4], level: '20' }) }),
      'rows.4.level',
      /a number/,
    ],
    [
      'null',
      () => ({ rows: rowsUntil(350).with(0, { ...rowsUntil(350)[0], wind: null }) }),
      'rows.0.wind',
      /a number/,
    ],
    [
      'a date in words',
      () => ({ rows: rowsUntil(350).with(2, { ...rowsUntil(350)[2], date: 'Monday' }) }),
      'rows.2.date',
      /YYYY-MM-DD/,
    ],
    ['rows out of order', () => ({ rows: rowsUntil(350).toReversed() }), 'rows.1.date', /oldest to newest/],
    ['a foreign field', () => ({ rowz: [] }) as PredictionInput, 'rowz', /no field/],
  ])('refuses %s', async (_, input, path, message) => {
    const [problem] = await problems(input());
    expect(problem).toMatchObject({ path, message: expect.stringMatching(message) });
  });

  test('the input schema refuses the same, without the model', async () => {
    const { inputSchema } = trained;
    expect(schemaProblems(inputSchema, { rows: rowsUntil(350), steps: 4 })).toEqual([]);
    expect(schemaProblems(inputSchema, { steps: 5 })).toEqual(await problems({ steps: 5 }));
    expect(JSON.parse(JSON.stringify(inputSchema))).toEqual(inputSchema);
  });
});

describe('a pipeline of log returns', () => {
  class PricePipeline extends TidePipeline {
    protected override describeSeries(): SeriesDescription {
      return {
        ...super.describeSeries(),
        change: 'log_return',
        features: [
          { kind: 'log_return', column: 'level' },
          { kind: 'difference', column: 'wind' },
        ],
      };
    }
  }
  const prices = new PricePipeline();
  let result: TrainingResult;

  beforeAll(async () => {
    result = await prices.train({
      config: { ...prices.defaultConfig(), epochs: 12 },
      signal: new AbortController().signal,
      onEvent: () => undefined,
    });
  });

  test('learns, and does not see the level of the prices', async () => {
    expect(result.report.summary.model).toBeLessThan(result.report.summary.naive * 0.7);
    const rows = rowsUntil(350);
    const dearer = rows.map((row) => ({ ...row, level: Number(row['level']) * 50 }));
    const [plain, scaled] = [
      await prices.predict(result.files, { rows }),
      await prices.predict(result.files, { rows: dearer }),
    ];
    expect(scaled.steps[3]!.value / plain.steps[3]!.value).toBeCloseTo(50, 3);
  });

  test.each([0, -1])('refuses a price of %d', async (level) => {
    const rows = rowsUntil(350).with(2, { ...rowsUntil(350)[2], level });
    await expect(prices.predict(result.files, { rows })).rejects.toMatchObject({
      name: 'PredictionInputError',
      details: [{ path: 'rows.2.level', message: 'Must be more than 0.', keyword: 'exclusiveMinimum' }],
    });
  });
});
