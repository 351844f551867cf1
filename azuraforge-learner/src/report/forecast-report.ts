import type {
  ChartSection,
  FactsSection,
  LocalizedText,
  NoteSection,
  Report,
  ScoresSection,
} from '../report.ts';
import type { Accuracy } from './accuracy.ts';
import { ACCURACY_METRICS } from './accuracy.ts';
import type { Competitor, ForecastScores, TestForecasts } from './forecast-scores.ts';
import { actualOf, COMPETITORS, forecastOf, scoreForecasts } from './forecast-scores.ts';
import type { Importance } from './importance.ts';
import { importanceSections, MEAN_ABSOLUTE_ERROR } from './importance.ts';
import type { EpochLoss } from './loss-chart.ts';
import { lossChart } from './loss-chart.ts';
import { rounded } from './number-text.ts';
import { verdictNote, verdictOf } from './verdict.ts';

type Metric = keyof Accuracy;

export interface ForecastReportInput {
  pipelineId: string;
  createdAt: Date;
  /** What is forecast, and in which unit. */
  target: { title: LocalizedText; unit?: string };
  test: TestForecasts;
  /** Losses of each epoch, first to last. */
  losses: EpochLoss[];
  facts: FactsSection['items'];
  /** What the model relies on in the test window. */
  importance?: Importance | null;
  /** Shown after the verdict: what a reader should know about this kind of data. */
  caveats?: NoteSection[];
}

/** The report of a forecasting run: verdict, scores, charts and facts in English and Turkish. */
export function forecastReport(input: ForecastReportInput): Report {
  const { test, target } = input;
  const scores = scoreForecasts(test);
  const first = (test.origins[0] ?? 0) + 1;
  const last = (test.origins.at(-1) ?? 0) + test.horizon;
  const unit = target.unit;
  const verdict = verdictOf(scores);
  return {
    version: 1,
    pipeline_id: input.pipelineId,
    created_at: input.createdAt.toISOString(),
    summary: {
      metric: 'mae',
      model: scores.overall.model.mae,
      naive: scores.overall.naive.mae,
      ...(unit && { unit }),
      verdict,
    },
    sections: [
      verdictNote(scores, { unit, period: [test.labels[first] ?? '', test.labels[last] ?? ''] }),
      ...(input.caveats ?? []),
      overallSection(scores, test, unit),
      stepChart(input, 1),
      ...(test.horizon > 1 ? [stepChart(input, test.horizon), errorByStepChart(scores, unit)] : []),
      ...importanceSections(input.importance, verdict, { ...IMPORTANCE, unit }),
      lossChart(input.losses),
      ...(test.horizon > 1 ? ACCURACY_METRICS.map((metric) => byStepSection(scores, metric, unit)) : []),
      {
        kind: 'facts',
        id: 'facts',
        title: { en: 'Data and run', tr: 'Veri ve çalıştırma' },
        items: input.facts,
      },
    ],
  };
}

const COMPETITOR_TITLE: Record<Competitor, LocalizedText> = {
  model: { en: 'Model', tr: 'Model' },
  naive: { en: 'Naive (last value)', tr: 'Naif (son değer)' },
  seasonal_naive: { en: 'Seasonal naive', tr: 'Mevsimsel naif' },
};

const METRIC_TITLE: Record<Metric, { en: string; tr: string }> = {
  mae: { en: 'Mean absolute error', tr: 'Ortalama mutlak hata' },
  rmse: { en: 'Root mean squared error', tr: 'Kök ortalama kare hata' },
  mase: { en: 'Mean absolute scaled error', tr: 'Ölçekli ortalama mutlak hata' },
  smape: { en: 'Symmetric percentage error', tr: 'Simetrik yüzde hata' },
};

const IMPORTANCE = {
  ...MEAN_ABSOLUTE_ERROR,
  remark: {
    en: 'The last observed value, from which every forecast starts, is not exchanged.',
    tr: 'Her tahminin başladığı son gözlenen değer karıştırılmaz.',
  },
};

const ACTUAL_TITLE: LocalizedText = { en: 'Actual', tr: 'Gerçekleşen' };

function metricUnit(metric: Metric, unit: string | undefined): { unit?: string } {
  if (metric === 'mase') return {};
  if (metric === 'smape') return { unit: '%' };
  return unit ? { unit } : {};
}

function overallSection(
  scores: ForecastScores,
  test: TestForecasts,
  unit: string | undefined,
): ScoresSection {
  return {
    kind: 'scores',
    id: 'scores',
    title: { en: 'Scores on the held-out test window', tr: 'Ayrılmış test dönemindeki başarım' },
    description: {
      en: `${test.origins.length} forecasts of ${test.horizon} steps each; neither training nor model selection saw these rows. Seasonal naive repeats the value of ${test.seasonLength} rows before. The scaled error is relative to the naive one-step error on the training part; symmetric percentage error says little where values lie near 0.`,
      tr: `Her biri ${test.horizon} adımlık ${test.origins.length} tahmin; bu satırlar ne eğitimde ne de model seçiminde kullanıldı. Mevsimsel naif, ${test.seasonLength} satır önceki değeri yineler. Ölçekli hata, eğitim bölümündeki tek adımlık naif hataya göredir; simetrik yüzde hata, değerler 0'a yakınken güvenilir değildir.`,
    },
    columns: ACCURACY_METRICS.map((metric) => ({
      key: metric,
      title: METRIC_TITLE[metric],
      ...metricUnit(metric, unit),
      better: 'lower',
    })),
    rows: COMPETITORS.map((competitor) => ({
      key: competitor,
      title: COMPETITOR_TITLE[competitor],
      role: competitor,
      values: Object.fromEntries(
        ACCURACY_METRICS.map((metric) => [metric, scores.overall[competitor]?.[metric] ?? null]),
      ),
    })),
  };
}

function byStepSection(scores: ForecastScores, metric: Metric, unit: string | undefined): ScoresSection {
  const title = METRIC_TITLE[metric];
  return {
    kind: 'scores',
    id: `${metric}_by_step`,
    title: { en: `${title.en} by steps ahead`, tr: `Adım sayısına göre ${lowerFirst(title.tr)}` },
    columns: scores.byStep.map((_, index) => ({
      key: `step_${index + 1}`,
      title: `+${index + 1}`,
      ...metricUnit(metric, unit),
      better: 'lower',
    })),
    rows: COMPETITORS.map((competitor) => ({
      key: competitor,
      title: COMPETITOR_TITLE[competitor],
      role: competitor,
      values: Object.fromEntries(
        scores.byStep.map((step, index) => [`step_${index + 1}`, step[competitor]?.[metric] ?? null]),
      ),
    })),
  };
}

const lowerFirst = (text: string): string => text.charAt(0).toLocaleLowerCase('tr') + text.slice(1);

function stepChart(input: ForecastReportInput, step: number): ChartSection {
  const { test, target } = input;
  const indices = Array.from(test.origins.keys());
  return {
    kind: 'chart',
    id: step === 1 ? 'test_first_step' : 'test_last_step',
    title: {
      en: `Test window: forecast ${step} ${step === 1 ? 'step' : 'steps'} ahead`,
      tr: `Test dönemi: ${step} adım sonrası tahmini`,
    },
    description: {
      en: 'Every point is a forecast made that many rows earlier, from what was known then.',
      tr: 'Her nokta, o kadar satır önce ve o an bilinenlerle yapılmış bir tahmindir.',
    },
    x: {
      title: { en: 'Date', tr: 'Tarih' },
      labels: indices.map((index) => test.labels[(test.origins[index] ?? 0) + step] ?? ''),
    },
    y: { title: target.title, ...(target.unit && { unit: target.unit }) },
    series: [
      {
        key: 'actual',
        title: ACTUAL_TITLE,
        role: 'actual',
        values: indices.map((index) => rounded(actualOf(test, index, step))),
      },
      ...(['model', 'naive'] as const).map((competitor) => ({
        key: competitor,
        title: COMPETITOR_TITLE[competitor],
        role: competitor,
        values: indices.map((index) => rounded(forecastOf(test, competitor, index, step))),
      })),
    ],
  };
}

function errorByStepChart(scores: ForecastScores, unit: string | undefined): ChartSection {
  return {
    kind: 'chart',
    id: 'error_by_step',
    title: { en: 'Forecast error by steps ahead', tr: 'Adım sayısına göre tahmin hatası' },
    x: {
      title: { en: 'Steps ahead', tr: 'Kaç adım sonrası' },
      labels: scores.byStep.map((_, index) => String(index + 1)),
    },
    y: { title: METRIC_TITLE.mae, ...(unit && { unit }) },
    series: COMPETITORS.map((competitor) => ({
      key: competitor,
      title: COMPETITOR_TITLE[competitor],
      role: competitor,
      values: scores.byStep.map((step) => rounded(step[competitor]?.mae ?? null)),
    })),
  };
}
