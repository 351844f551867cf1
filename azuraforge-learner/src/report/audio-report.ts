import type {
  ChartSection,
  FactsSection,
  LocalizedText,
  NoteSection,
  PicturesSection,
  Report,
  ScoresSection,
} from '../report.ts';
import { compareErrors } from './comparison.ts';
import { improvementNote, improvementSummary, UNDECIDED_SEQUENCE } from './improvement.ts';
import type { EpochLoss } from './loss-chart.ts';
import { formatNumber, rounded } from './number-text.ts';
import type { PastImportance } from './past.ts';
import { pastChart } from './past.ts';
import { loudestPower, spectrogramOf } from './spectrogram.ts';

/** Ids of the sections that every report of a generator of audio has. */
export const AUDIO_SECTIONS = ['verdict', 'scores', 'past', 'loss', 'waveform', 'facts'];

/** Points of the chart of waves. */
const MOST_POINTS = 400;

/** What was lost on each sample, in nats. */
export type SampleLosses = ArrayLike<number>;

/** What needs no model of the sound; the one that loses least on the test part is the one to beat. */
export interface AudioBaselines<Losses> {
  /** Linear prediction with an adaptive spread. */
  linear: Losses;
  /** Which level follows which. */
  pairs: Losses;
  /** How common each level is. */
  levels: Losses;
}

export interface AudioReportInput {
  pipelineId: string;
  createdAt: Date;
  sampleRate: number;
  /** Samples of one window, in which the model is judged from silence on. */
  window: number;
  test: { model: SampleLosses; baselines: AudioBaselines<SampleLosses> };
  /** Mean losses of the baselines on the validation part, beside those of the epochs. */
  validation: AudioBaselines<number>;
  past: PastImportance;
  losses: readonly EpochLoss[];
  /** The start of the test part, and what the model made by itself, in samples from −1 to 1. */
  sounds: { real: Float32Array; made: Float32Array };
  facts: FactsSection['items'];
  /** Shown after the verdict: what a reader should know about this kind of sound. */
  caveats?: NoteSection[];
}

type Baseline = keyof AudioBaselines<unknown>;

const TITLES: Record<Baseline, { en: string; tr: string }> = {
  linear: { en: 'Linear prediction', tr: 'Doğrusal öngörü' },
  pairs: { en: 'Level before (Markov)', tr: 'Önceki düzey (Markov)' },
  levels: { en: 'Frequencies of levels', tr: 'Düzeylerin sıklığı' },
};

const BASELINES: readonly Baseline[] = ['linear', 'pairs', 'levels'];

/** The report of a generator of audio: verdict, bits for a sample beside what needs no model, losses, and how it sounds. */
export function audioReport(input: AudioReportInput): Report {
  const { test, window } = input;
  const { baselines } = test;
  const best = BASELINES.reduce((a, b) => (mean(baselines[b]) < mean(baselines[a]) ? b : a));
  const [own, rival] = [windowBits(test.model, window), windowBits(baselines[best], window)];
  const improvement = {
    metric: 'bits_per_sample',
    measure: { en: 'number of bits that a sample needs', tr: 'örnek başına gereken bit sayısı' },
    model: bits(mean(test.model)),
    naive: bits(mean(baselines[best])),
    unit: 'bit',
    // Windows follow each other in the sound, so the test must not take them for independent.
    comparison: compareErrors(own, rival, 1),
    baseline: {
      en: `the best of the baselines (${TITLES[best].en.toLowerCase()})`,
      tr: `temel yöntemlerin en iyisi (${TITLES[best].tr.toLowerCase()})`,
    },
    samples: test.model.length,
    undecided: UNDECIDED_SEQUENCE,
    write: formatNumber,
  };
  return {
    version: 1,
    pipeline_id: input.pipelineId,
    created_at: input.createdAt.toISOString(),
    summary: improvementSummary(improvement),
    sections: [
      improvementNote(improvement),
      ...(input.caveats ?? []),
      scoresSection(input, best),
      pastChart(input.past, input.sampleRate),
      bitsChart(input),
      waveChart(input),
      ...spectrograms(input),
      {
        kind: 'facts',
        id: 'facts',
        title: { en: 'Data and run', tr: 'Veri ve çalıştırma' },
        items: input.facts,
      },
    ],
  };
}

function scoresSection({ test, window }: AudioReportInput, best: Baseline): ScoresSection {
  return {
    kind: 'scores',
    id: 'scores',
    title: {
      en: 'Scores on the held-out end of the recordings',
      tr: 'Kayıtların ayrılmış sonundaki başarım',
    },
    description: {
      en: `${test.model.length} samples that neither training nor model selection heard, as mu-law codes of 8 bits. Spread and weights of the baselines were tuned on the validation part, in their favour, and they hear everything before a sample; the model starts each window of ${window} samples without having heard anything.`,
      tr: `Ne eğitimde ne de model seçiminde kullanılan ${test.model.length} örnek, 8 bitlik mu-law kodları olarak. Temel yöntemlerin ayarları doğrulama bölümünde, onların lehine seçildi ve bir örnekten önceki her şeyi duyarlar; model ${window} örneklik her pencereye hiçbir şey duymadan başlar.`,
    },
    columns: [
      { key: 'bits', title: { en: 'Bits per sample', tr: 'Örnek başına bit' }, unit: 'bit', better: 'lower' },
      { key: 'perplexity', title: { en: 'Perplexity', tr: 'Çapraşıklık' }, better: 'lower' },
    ],
    rows: [
      scoresRow('model', { en: 'Model', tr: 'Model' }, 'model', test.model),
      ...BASELINES.map((key) =>
        scoresRow(key, TITLES[key], key === best ? 'naive' : 'other', test.baselines[key]),
      ),
    ],
  };
}

function scoresRow(
  key: string,
  title: LocalizedText,
  role: ScoresSection['rows'][number]['role'],
  losses: SampleLosses,
): ScoresSection['rows'][number] {
  const loss = mean(losses);
  return { key, title, role, values: { bits: bits(loss), perplexity: Math.exp(loss) } };
}

/** Bits for a sample by epoch, and what the baselines need on the same validation part. */
function bitsChart({ losses, validation }: AudioReportInput): ChartSection {
  const line = (loss: number): number[] => losses.map(() => rounded(bits(loss))!);
  return {
    kind: 'chart',
    id: 'loss',
    title: { en: 'Bits per sample by epoch', tr: 'Devir başına örnek için bit' },
    description: {
      en: 'The model keeps the weights of the epoch with the lowest validation loss. The level lines are the baselines on the validation part.',
      tr: 'Model, doğrulama kaybı en düşük olan devrin ağırlıklarını korur. Yatay çizgiler, doğrulama bölümündeki temel yöntemlerdir.',
    },
    x: { title: { en: 'Epoch', tr: 'Devir' }, labels: losses.map((_, index) => String(index + 1)) },
    y: { title: { en: 'Bits per sample', tr: 'Örnek başına bit' }, unit: 'bit' },
    series: [
      {
        key: 'train',
        title: { en: 'Training', tr: 'Eğitim' },
        role: 'other',
        values: losses.map(({ train }) => rounded(bits(train))),
      },
      {
        key: 'validation',
        title: { en: 'Validation', tr: 'Doğrulama' },
        role: 'model',
        values: losses.map((each) => (each.validation === null ? null : rounded(bits(each.validation)))),
      },
      ...BASELINES.map((key) => ({
        key,
        title: TITLES[key],
        role: 'naive' as const,
        values: line(validation[key]),
      })),
    ],
  };
}

/** The middle of both sounds, close enough to see single waves. */
function waveChart({ sounds: { real, made }, sampleRate }: AudioReportInput): ChartSection {
  const count = Math.min(MOST_POINTS, real.length, made.length);
  const middle = (samples: Float32Array): number[] => {
    const start = Math.floor((samples.length - count) / 2);
    return Array.from(samples.subarray(start, start + count), (sample) => rounded(sample)!);
  };
  return {
    kind: 'chart',
    id: 'waveform',
    title: { en: 'A real wave and one that the model made', tr: 'Gerçek bir dalga ve modelin ürettiği' },
    x: {
      title: { en: 'Time (ms)', tr: 'Süre (ms)' },
      labels: Array.from({ length: count }, (_, at) => ((1000 * at) / sampleRate).toFixed(2)),
    },
    y: { title: { en: 'Level', tr: 'Düzey' } },
    series: [
      { key: 'real', title: { en: 'Real', tr: 'Gerçek' }, role: 'actual', values: middle(real) },
      { key: 'made', title: { en: 'Made', tr: 'Üretilen' }, role: 'model', values: middle(made) },
    ],
  };
}

function spectrograms({ sounds, sampleRate }: AudioReportInput): PicturesSection[] {
  const loudest = Math.max(loudestPower(sounds.real), loudestPower(sounds.made));
  const captions = {
    real: { en: 'Real', tr: 'Gerçek' },
    made: { en: 'Made by the model', tr: 'Modelin ürettiği' },
  };
  const items = (['real', 'made'] as const).flatMap((key) => {
    const picture = spectrogramOf(sounds[key], loudest);
    return picture ? [{ key, caption: captions[key], ...picture }] : [];
  });
  if (items.length === 0) return [];
  return [
    {
      kind: 'pictures',
      id: 'spectrograms',
      title: { en: 'Spectrograms', tr: 'Spektrogramlar' },
      description: {
        en: `Time goes to the right, frequency up to ${sampleRate / 2} Hz at the top; brighter is louder.`,
        tr: `Süre sağa, frekans yukarı doğru, en üstte ${sampleRate / 2} Hz; parlak olan daha yüksek seslidir.`,
      },
      items,
    },
  ];
}

function bits(nats: number): number {
  return nats / Math.LN2;
}

/** Mean bits of each window. */
function windowBits(losses: SampleLosses, window: number): number[] {
  const all = Float64Array.from(losses);
  return Array.from({ length: Math.floor(all.length / window) }, (_, index) =>
    bits(mean(all.subarray(index * window, (index + 1) * window))),
  );
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index]!;
  return sum / values.length;
}
