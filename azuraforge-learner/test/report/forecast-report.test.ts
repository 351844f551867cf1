import { describe, expect, test } from '@jest/globals';
import type { BarsSection, NoteSection, ScoresSection } from '../../src/report.ts';
import { naiveScale } from '../../src/report/accuracy.ts';
import { forecastReport } from '../../src/report/forecast-report.ts';
import type { TestForecasts } from '../../src/report/forecast-scores.ts';
import { scoreForecasts } from '../../src/report/forecast-scores.ts';

const ROWS = 200;
const labels = Array.from({ length: ROWS }, (_, day) =>
  new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10),
);
// A noisy week: seasonal naive is good, naive is not.
const values = Float64Array.from(
  { length: ROWS },
  (_, day) => 10 * Math.sin((2 * Math.PI * day) / 7) + Math.sin(day * day),
);
const origins = Int32Array.from({ length: 97 }, (_, index) => 100 + index);

/** Forecasts that lie `share` of the way from naive (0) to what happens (1), and beyond. */
function forecasts(share: number): TestForecasts {
  const predicted = new Float64Array(origins.length * 2);
  for (const [index, origin] of origins.entries()) {
    for (const step of [1, 2]) {
      predicted[index * 2 + step - 1] = values[origin]! + share * (values[origin + step]! - values[origin]!);
    }
  }
  return { values, labels, origins, horizon: 2, predicted, trainEnd: 80, seasonLength: 7 };
}

function report(share: number): ReturnType<typeof forecastReport> {
  return forecastReport({
    pipelineId: 'tide',
    createdAt: new Date(0),
    target: { title: { en: 'Level', tr: 'Seviye' }, unit: 'm' },
    test: forecasts(share),
    losses: [
      { train: 2, validation: 3 },
      { train: 1, validation: null },
    ],
    facts: [],
    importance: {
      found: {
        score: 1,
        better: 'lower',
        features: [
          { name: 'wind', mean: 0.25, standardDeviation: 0.1, values: [0.15, 0.35] },
          { name: 'level', mean: 1.5, standardDeviation: 0, values: [1.5, 1.5] },
        ],
      },
      titles: [{ en: 'Wind', tr: 'Rüzgâr' }, 'Level'],
      samples: 97,
    },
  });
}

const noteOf = (share: number): NoteSection =>
  report(share).sections.find((section): section is NoteSection => section.kind === 'note')!;

describe('forecastReport', () => {
  test('scores model, naive and seasonal naive on the same rows', () => {
    const { overall, byStep } = scoreForecasts(forecasts(0.75));
    expect(overall.model.mae).toBeCloseTo(overall.naive.mae / 4, 10);
    expect(byStep[0]!.naive!.mae).toBeLessThan(byStep[1]!.naive!.mae);
    expect((byStep[0]!.model!.mae + byStep[1]!.model!.mae) / 2).toBeCloseTo(overall.model.mae, 10);
    let seasonal = 0;
    for (const origin of origins) {
      for (const row of [origin + 1, origin + 2]) seasonal += Math.abs(values[row - 7]! - values[row]!);
    }
    expect(overall.seasonal_naive!.mae).toBeCloseTo(seasonal / (2 * origins.length), 10);
  });

  test('scales errors by the training part alone', () => {
    const { model } = scoreForecasts(forecasts(0.5)).overall;
    expect(model.mase).toBeCloseTo(model.mae / naiveScale(values.subarray(0, 80)), 10);
  });

  test('leaves seasonal scores empty when the series is shorter than a season', () => {
    const scores = scoreForecasts({ ...forecasts(0.5), seasonLength: 150 });
    expect(scores.overall.seasonal_naive).toBeNull();
    expect(scores.overall.naive.mae).toBeGreaterThan(0);
  });

  test('praises only a model that is clearly better', () => {
    const note = noteOf(0.95);
    expect(note.tone).toBe('good');
    expect(note.text).toMatchObject({
      en: expect.stringContaining('95% less error'),
      tr: expect.stringContaining('%95 daha az'),
    });
    expect(JSON.stringify(note.text)).not.toContain('easonal');
  });

  test('says openly that a model does not beat naive', () => {
    const equal = noteOf(0);
    expect(equal.tone).toBe('neutral');
    expect(equal.title).toMatchObject({ en: 'The model does not clearly beat the naive forecast' });
    expect(equal.text).toMatchObject({ en: expect.stringContaining('no more than chance would explain') });
    expect(noteOf(0.005).text).toMatchObject({
      en: expect.stringContaining('0.5% less error, too little to matter'),
      tr: expect.stringContaining('Hata %0,5 daha az; bu fark önemsenmeyecek kadar küçük'),
    });
    const worse = noteOf(-1);
    expect(worse.tone).toBe('warning');
    expect(worse.text).toMatchObject({
      en: expect.stringMatching(/100% more error.*Do not use this model/),
      tr: expect.stringMatching(/Bu modeli kullanmayın/),
    });
  });

  test('gives lists the same verdict against naive', () => {
    const verdicts = [0.95, 0.5, 0.005, 0, -1].map((skill) => report(skill).summary.verdict);
    expect(verdicts).toEqual(['better', 'better', 'no_clear_difference', 'no_clear_difference', 'worse']);
  });

  test('says when seasonal naive is the better forecast', () => {
    expect(noteOf(0.5)).toMatchObject({
      tone: 'warning',
      title: { en: expect.stringContaining('but not the seasonal-naive one') },
      text: { en: expect.stringContaining('The seasonal-naive forecast, which repeats') },
    });
  });

  test('says what the model relies on, the most important input first', () => {
    const bars = report(0.95).sections.find((section): section is BarsSection => section.kind === 'bars')!;
    expect(bars.bars).toEqual([
      { key: 'level', title: 'Level', value: 1.5, spread: 0 },
      { key: 'wind', title: { en: 'Wind', tr: 'Rüzgâr' }, value: 0.25, spread: 0.1 },
    ]);
    expect(bars.value.unit).toBe('m');
    expect(bars.description).toMatchObject({
      en: expect.stringMatching(/97 test samples.* 2 shuffles/),
    });
  });

  test.each([
    [0.95, false],
    [0, true],
    [-1, true],
  ])('says that a model no better than naive explains nothing (skill %d)', (skill, isSaid) => {
    const bars = report(skill).sections.find((section): section is BarsSection => section.kind === 'bars')!;
    const { en, tr } = bars.description as { en: string; tr: string };
    expect(en.includes('what it uses, not what matters')).toBe(isSaid);
    expect(tr.includes('modelin neyi kullandığını')).toBe(isSaid);
  });

  test('has all sections, every value fit for JSON', () => {
    const made = report(0.5);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    expect(made.summary).toEqual({
      metric: 'mae',
      model: expect.any(Number),
      naive: expect.any(Number),
      unit: 'm',
      verdict: 'better',
    });
    expect(made.sections.map(({ id }) => id)).toEqual([
      'verdict',
      'scores',
      'test_first_step',
      'test_last_step',
      'error_by_step',
      'importance',
      'loss',
      'mae_by_step',
      'rmse_by_step',
      'mase_by_step',
      'smape_by_step',
      'facts',
    ]);
    const scores = made.sections.find((section): section is ScoresSection => section.id === 'scores')!;
    expect(scores.rows.map(({ role }) => role)).toEqual(['model', 'naive', 'seasonal_naive']);
    expect(scores.columns.every(({ better }) => better === 'lower')).toBe(true);
    expect(scores.rows[0]!.values['mae']).toBe(made.summary.model);
  });
});
