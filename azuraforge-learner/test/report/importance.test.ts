import { describe, expect, test } from '@jest/globals';
import type { BarsSection } from '../../src/report.ts';
import { ERROR_RATE, importanceSections } from '../../src/report/importance.ts';

const importance = {
  found: {
    score: 0.1,
    better: 'lower' as const,
    features: [{ name: 'a', mean: 0.2, standardDeviation: 0.1, values: [0.1, 0.3] }],
  },
  titles: ['A'],
  samples: 30,
};

describe('the importance of inputs', () => {
  test('is said in words of the error', () => {
    const [bars] = importanceSections(importance, 'better', ERROR_RATE) as [BarsSection];
    expect(bars).toMatchObject({
      kind: 'bars',
      id: 'importance',
      description: {
        en: 'How much the share of wrong answers grows when one input is exchanged between 30 test samples: mean and spread of 2 shuffles. Inputs that say the same look small, each for itself.',
        tr: 'Bir girdi 30 test örneği arasında karıştırıldığında yanlış yanıt payının ne kadar arttığı: 2 karıştırmanın ortalaması ve yayılımı. Aynı şeyi söyleyen girdiler tek tek küçük görünür.',
      },
      value: { title: { en: 'Growth of the share of wrong answers' } },
      bars: [{ key: 'a', title: 'A', value: 0.2, spread: 0.1 }],
    });
    expect(bars.value).not.toHaveProperty('unit');
  });

  test('is a note where one test sample leaves nothing to exchange, and nothing where nobody asked', () => {
    expect(importanceSections(null, 'better', ERROR_RATE)).toEqual([
      expect.objectContaining({ kind: 'note', id: 'importance', tone: 'neutral' }),
    ]);
    expect(importanceSections(undefined, 'better', ERROR_RATE)).toEqual([]);
  });
});
