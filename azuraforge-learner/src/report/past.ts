import type { ChartSection } from '../report.ts';
import type { DistanceBin } from './distance-bins.ts';
import { rounded } from './number-text.ts';

/** What of the past the next sample depends on. */
export interface PastImportance {
  /** How many samples before the next one. */
  bins: readonly DistanceBin[];
  /** How much more is lost, in nats, when the samples of a bin are exchanged. */
  growth: readonly number[];
  /** Places of the test part that were asked. */
  places: number;
}

export function pastChart({ bins, growth, places }: PastImportance, sampleRate: number): ChartSection {
  const length = (language: 'en' | 'tr'): string =>
    new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(1000 / sampleRate);
  return {
    kind: 'chart',
    id: 'past',
    title: { en: 'What of the past counts', tr: 'Geçmişin hangi bölümünün önemli olduğu' },
    description: {
      en: `How many more bits the next sample needs when those 1, 2, 3–4, … before it are exchanged for others from the recordings: the mean over ${places} places of the test part. One sample is ${length('en')} ms. Samples that say the same look small, each for itself.`,
      tr: `1, 2, 3–4, … önceki örnekler kayıtlardan başka örneklerle değiştirildiğinde sonraki örnek için kaç bit daha gerektiği: test bölümündeki ${places} yerin ortalaması. Bir örnek ${length('tr')} ms sürer. Aynı şeyi söyleyen örnekler tek tek küçük görünür.`,
    },
    x: {
      title: { en: 'Samples before the next one', tr: 'Sonraki örnekten önceki örnekler' },
      labels: bins.map(({ label }) => label),
    },
    y: { title: { en: 'More bits for a sample', tr: 'Örnek başına ek bit' }, unit: 'bit' },
    series: [
      {
        key: 'growth',
        title: { en: 'Model', tr: 'Model' },
        role: 'model',
        values: growth.map((nats) => rounded(nats / Math.LN2)),
      },
    ],
  };
}
