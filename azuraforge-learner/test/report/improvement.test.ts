import { describe, expect, test } from '@jest/globals';
import { compareErrors, comparePairs } from '../../src/report/comparison.ts';
import { improvementNote, improvementSummary, UNDECIDED_SEQUENCE } from '../../src/report/improvement.ts';
import type { Improvement } from '../../src/report/improvement.ts';

/** 100 samples of which the model alone misses `model` and the rival alone `rival`. */
function misses(model: number, rival: number): [model: number[], rival: number[]] {
  const model01 = Array.from({ length: 100 }, (_, index) => Number(index < model));
  const rival01 = Array.from({ length: 100 }, (_, index) => Number(index >= 100 - rival));
  return [model01, rival01];
}

const improvement = (change: Partial<Improvement>): Improvement => ({
  metric: 'error_rate',
  measure: { en: 'share of wrong answers', tr: 'yanlış yanıt payı' },
  model: 0.1,
  naive: 0.5,
  comparison: { statistic: -9, verdict: 'better' },
  baseline: { en: 'the baseline', tr: 'temel tahmin' },
  samples: 100,
  write: String,
  ...change,
});

describe('comparePairs', () => {
  test('is the paired z test', () => {
    // Mean −0.08, variance 0.12 − 0.08².
    expect(comparePairs(...misses(2, 10)).statistic).toBeCloseTo(-0.08 / Math.sqrt(0.1136 / 100), 12);
    expect(comparePairs(...misses(2, 10)).verdict).toBe('better');
    expect(comparePairs(...misses(10, 2)).verdict).toBe('worse');
    expect(comparePairs(...misses(4, 8)).verdict).toBe('no_clear_difference');
  });

  test('finds no difference between equals', () => {
    expect(comparePairs([1, 2], [1, 2])).toEqual({ statistic: 0, verdict: 'no_clear_difference' });
  });

  test('has no doubt where the model is better every time, but for a few samples', () => {
    const [none, one] = [0, 1].map((error) => Array.from({ length: 100 }, () => error));
    expect(comparePairs(none!, one!).verdict).toBe('better');
    expect(comparePairs(one!, none!).verdict).toBe('worse');
    expect(comparePairs([0, 0], [1, 1]).verdict).toBe('no_clear_difference');
    expect(compareErrors(none!, one!, 1).verdict).toBe('better');
  });

  test('does not depend on the order of the samples', () => {
    const [model, rival] = misses(2, 10);
    const turned = comparePairs(model.toReversed(), rival.toReversed());
    expect(turned.statistic).toBeCloseTo(comparePairs(model, rival).statistic, 12);
  });
});

describe('the verdict', () => {
  test('names both errors', () => {
    const { title, tone, text } = improvementNote(improvement({}));
    expect({ title, tone }).toMatchObject({ title: { en: 'The model beats the baseline' }, tone: 'good' });
    expect(text).toMatchObject({
      en: expect.stringMatching(
        /^On 100 held-out samples the share of wrong answers is 0.1 for the model and 0.5/,
      ),
      tr: expect.stringMatching(/^Ayrılmış 100 örnekte yanlış yanıt payı model için 0.1/),
    });
  });

  test('calls a trifle equal, however certain it is', () => {
    expect(improvementSummary(improvement({ model: 0.4999 })).verdict).toBe('no_clear_difference');
  });

  test('says of equals what the baseline knows', () => {
    const equal = improvement({ model: 0.5 });
    expect(improvementNote(equal).text).toMatchObject({
      en: expect.stringContaining('learned from its inputs'),
    });
    const { text } = improvementNote({ ...equal, undecided: UNDECIDED_SEQUENCE });
    expect(text).toMatchObject({ en: expect.stringMatching(/the baseline.* does as well\.$/) });
  });

  test('warns of a model that is worse', () => {
    const worse = improvement({ model: 0.7, comparison: { statistic: 9, verdict: 'worse' } });
    expect(improvementSummary(worse)).toEqual({
      metric: 'error_rate',
      title: { en: 'share of wrong answers', tr: 'yanlış yanıt payı' },
      model: 0.7,
      naive: 0.5,
      verdict: 'worse',
    });
    expect(improvementNote(worse)).toMatchObject({
      tone: 'warning',
      text: { en: expect.stringContaining('Do not use') },
    });
  });
});
