import { r2 } from '../metric/regression.ts';
import type {
  ChartSection,
  FactsSection,
  LocalizedText,
  NoteSection,
  Report,
  ScoresSection,
} from '../report.ts';
import { accuracy } from './accuracy.ts';
import { comparePairs } from './comparison.ts';
import { improvementNote, improvementSummary } from './improvement.ts';
import type { Importance } from './importance.ts';
import { importanceSections, MEAN_ABSOLUTE_ERROR } from './importance.ts';
import type { EpochLoss } from './loss-chart.ts';
import { lossChart } from './loss-chart.ts';
import { formatNumber, rounded } from './number-text.ts';

/** Points of the chart of predictions. */
const MOST_POINTS = 200;

const RESIDUAL_BINS = 20;

export interface RegressionReportInput {
  pipelineId: string;
  createdAt: Date;
  target: { title: LocalizedText; unit?: string };
  /** In the unit of the target. */
  test: { predicted: ArrayLike<number>; actual: ArrayLike<number> };
  /** Of the training targets: what the baselines always answer. */
  training: { median: number; mean: number };
  losses: readonly EpochLoss[];
  facts: FactsSection['items'];
  /** Shown after the verdict: what a reader should know about this kind of data. */
  caveats?: NoteSection[];
  /** What the model relies on in the test part; null where that is one sample. */
  importance?: Importance | null;
}

/** The report of a regression: verdict, scores beside the median and the mean, predictions and residuals. */
export function regressionReport(input: RegressionReportInput): Report {
  const { test, training, target } = input;
  const { actual, predicted } = test;
  const { unit } = target;
  const always = (value: number): Float64Array => new Float64Array(actual.length).fill(value);
  const missesOf = (answers: ArrayLike<number>): Float64Array =>
    Float64Array.from(answers, (answer, index) => Math.abs(answer - actual[index]!));
  const median = always(training.median);
  const improvement = {
    metric: 'mae',
    measure: { en: 'mean absolute error', tr: 'ortalama mutlak hata' },
    model: accuracy(predicted, actual, 0).mae,
    naive: accuracy(median, actual, 0).mae,
    unit,
    comparison: comparePairs(missesOf(predicted), missesOf(median)),
    baseline: {
      en: 'the baseline, which always answers the median of the training rows',
      tr: 'her zaman eğitim satırlarının ortancasını veren temel tahmin',
    },
    samples: actual.length,
    write: (value: number, language: 'en' | 'tr'): string =>
      [formatNumber(value, language), unit].filter(Boolean).join(' '),
  };
  const summary = improvementSummary(improvement);
  return {
    version: 1,
    pipeline_id: input.pipelineId,
    created_at: input.createdAt.toISOString(),
    summary,
    sections: [
      improvementNote(improvement),
      ...(input.caveats ?? []),
      scoresSection(input, median, always(training.mean)),
      predictionsChart(input),
      residualsChart(input),
      ...importanceSections(input.importance, summary.verdict, { ...MEAN_ABSOLUTE_ERROR, unit }),
      lossChart(input.losses),
      {
        kind: 'facts',
        id: 'facts',
        title: { en: 'Data and run', tr: 'Veri ve çalıştırma' },
        items: input.facts,
      },
    ],
  };
}

function scoresSection(
  { test: { actual, predicted }, target: { unit } }: RegressionReportInput,
  median: Float64Array,
  mean: Float64Array,
): ScoresSection {
  const row = (
    key: string,
    title: LocalizedText,
    role: ScoresSection['rows'][number]['role'],
    answers: ArrayLike<number>,
  ): ScoresSection['rows'][number] => {
    const { mae, rmse } = accuracy(answers, actual, 0);
    return { key, title, role, values: { mae, rmse, r2: r2(answers, actual) } };
  };
  const inUnit = unit ? { unit } : {};
  return {
    kind: 'scores',
    id: 'scores',
    title: { en: 'Scores on the held-out test rows', tr: 'Ayrılmış test satırlarındaki başarım' },
    description: {
      en: `${actual.length} rows that neither training nor model selection saw. R² is the share of the variance that is explained: 0 is no better than the mean of the test rows.`,
      tr: `Ne eğitimde ne de model seçiminde kullanılan ${actual.length} satır. R², varyansın açıklanan payıdır: 0, test satırlarının ortalamasından iyi değildir.`,
    },
    columns: [
      {
        key: 'mae',
        title: { en: 'Mean absolute error', tr: 'Ortalama mutlak hata' },
        ...inUnit,
        better: 'lower',
      },
      {
        key: 'rmse',
        title: { en: 'Root mean squared error', tr: 'Kök ortalama kare hata' },
        ...inUnit,
        better: 'lower',
      },
      { key: 'r2', title: 'R²', better: 'higher' },
    ],
    rows: [
      row('model', { en: 'Model', tr: 'Model' }, 'model', predicted),
      row(
        'median',
        { en: 'Median of the training rows', tr: 'Eğitim satırlarının ortancası' },
        'naive',
        median,
      ),
      row('mean', { en: 'Mean of the training rows', tr: 'Eğitim satırlarının ortalaması' }, 'other', mean),
    ],
  };
}

function predictionsChart({ test: { actual, predicted }, target }: RegressionReportInput): ChartSection {
  const order = Array.from({ length: actual.length }, (_, index) => index).sort(
    (a, b) => actual[a]! - actual[b]!,
  );
  const stride = Math.max(1, Math.ceil(order.length / MOST_POINTS));
  const shown = order.filter((_, place) => place % stride === 0);
  return {
    kind: 'chart',
    id: 'predictions',
    title: { en: 'Predictions on test rows', tr: 'Test satırlarındaki tahminler' },
    description: {
      en: 'Test rows from the lowest to the highest true value; a perfect model lies on the line of the true values.',
      tr: 'Gerçek değeri en düşükten en yükseğe test satırları; kusursuz bir model gerçek değerlerin çizgisi üzerindedir.',
    },
    x: {
      title: { en: 'Test rows, sorted', tr: 'Sıralı test satırları' },
      labels: shown.map((_, place) => String(place * stride + 1)),
    },
    y: { title: target.title, ...(target.unit && { unit: target.unit }) },
    series: [
      {
        key: 'actual',
        title: { en: 'Actual', tr: 'Gerçekleşen' },
        role: 'actual',
        values: shown.map((index) => rounded(actual[index]!)),
      },
      {
        key: 'model',
        title: { en: 'Model', tr: 'Model' },
        role: 'model',
        values: shown.map((index) => rounded(predicted[index]!)),
      },
    ],
  };
}

function residualsChart({ test: { actual, predicted }, target }: RegressionReportInput): ChartSection {
  const residuals = Array.from({ length: actual.length }, (_, index) => actual[index]! - predicted[index]!);
  const size = residuals.reduce((most, residual) => Math.max(most, Math.abs(residual)), 0) || 1;
  const width = (2 * size) / RESIDUAL_BINS;
  const counts = Array.from({ length: RESIDUAL_BINS }, () => 0);
  for (const residual of residuals) {
    counts[Math.min(RESIDUAL_BINS - 1, Math.floor((residual + size) / width))]! += 1;
  }
  return {
    kind: 'chart',
    id: 'residuals',
    title: { en: 'Residuals', tr: 'Artıklar' },
    description: {
      en: 'How many test rows lie how far above (right) or below (left) their prediction. Around 0 and even on both sides is good.',
      tr: 'Kaç test satırının tahminin ne kadar üstünde (sağ) ya da altında (sol) olduğu. 0 çevresinde ve iki yanda dengeli olması iyidir.',
    },
    x: {
      title: { en: 'Actual minus predicted', tr: 'Gerçek eksi tahmin' },
      labels: counts.map((_, bin) => {
        const middle = String(Number(((bin + 0.5) * width - size).toPrecision(3)));
        return target.unit ? `${middle} ${target.unit}` : middle;
      }),
    },
    y: { title: { en: 'Rows', tr: 'Satır sayısı' } },
    series: [{ key: 'rows', title: { en: 'Rows', tr: 'Satır sayısı' }, role: 'model', values: counts }],
  };
}
