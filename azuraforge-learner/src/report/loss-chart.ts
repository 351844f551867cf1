import type { ChartSection } from '../report.ts';
import { rounded } from './number-text.ts';

export interface EpochLoss {
  train: number;
  validation: number | null;
}

/** Losses of each epoch, first to last. */
export function lossChart(losses: readonly EpochLoss[]): ChartSection {
  return {
    kind: 'chart',
    id: 'loss',
    title: { en: 'Loss by epoch', tr: 'Devir başına kayıp' },
    description: {
      en: 'The model keeps the weights of the epoch with the lowest validation loss. A validation loss that rises while the training loss falls is overfitting.',
      tr: 'Model, doğrulama kaybı en düşük olan devrin ağırlıklarını korur. Eğitim kaybı düşerken doğrulama kaybının artması aşırı öğrenmedir.',
    },
    x: { title: { en: 'Epoch', tr: 'Devir' }, labels: losses.map((_, index) => String(index + 1)) },
    y: { title: { en: 'Loss', tr: 'Kayıp' } },
    series: [
      {
        key: 'train',
        title: { en: 'Training', tr: 'Eğitim' },
        role: 'other',
        values: losses.map((loss) => rounded(loss.train)),
      },
      {
        key: 'validation',
        title: { en: 'Validation', tr: 'Doğrulama' },
        role: 'other',
        values: losses.map((loss) => rounded(loss.validation)),
      },
    ],
  };
}
