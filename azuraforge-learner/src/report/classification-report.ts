import { calibration } from '../metric/calibration.ts';
import type { ClassificationScores } from '../metric/classification.ts';
import { classificationScores } from '../metric/classification.ts';
import type { ConfusionMatrix } from '../metric/confusion-matrix.ts';
import { confusionMatrix, highestClasses } from '../metric/confusion-matrix.ts';
import type {
  ChartSection,
  FactsSection,
  LocalizedText,
  NoteSection,
  Report,
  ReportSection,
  ScoresSection,
} from '../report.ts';
import { comparePairs } from './comparison.ts';
import { improvementNote, improvementSummary } from './improvement.ts';
import type { Importance } from './importance.ts';
import { ERROR_RATE, importanceSections } from './importance.ts';
import type { EpochLoss } from './loss-chart.ts';
import { lossChart } from './loss-chart.ts';
import { formatPercent, rounded } from './number-text.ts';
import type { Rival } from './rival.ts';
import { missesOf, rivalNote } from './rival.ts';

/** Ids of the sections of a classification report, with those of `samples` where they stand. */
export function classificationSections(samples: readonly string[] = []): string[] {
  return ['verdict', 'scores', 'per_class', 'confusion', ...samples, 'calibration', 'loss', 'facts'];
}

/** Ids of the sections that every classification report has. */
export const CLASSIFICATION_SECTIONS = classificationSections();

export interface ClassificationReportInput {
  pipelineId: string;
  createdAt: Date;
  classNames: readonly string[];
  test: {
    /** `[samples, classes]`, row after row. */
    probabilities: Float32Array;
    /** Class numbers. */
    labels: ArrayLike<number>;
  };
  /** The class that is most common in the training data, which the baseline always answers. */
  majority: number;
  /** Other ways to answer, whose scores stand beside the model's. */
  rivals?: readonly Rival[];
  losses: readonly EpochLoss[];
  facts: FactsSection['items'];
  /** Shown after the verdict: what a reader should know about this kind of data. */
  caveats?: NoteSection[];
  /** What the model relies on in the test part; null where that is one sample. */
  importance?: Importance | null;
  /** Samples, shown after the confusion matrix. */
  samples?: ReportSection[];
}

/** The report of a classifier: verdict, scores beside the majority class, each class, confusions and calibration. */
export function classificationReport(input: ClassificationReportInput): Report {
  const { classNames, test, majority, rivals = [] } = input;
  const classes = classNames.length;
  const predicted = highestClasses(test.probabilities, classes);
  const matrix = confusionMatrix(predicted, test.labels, classes);
  const guesses = new Int32Array(predicted.length).fill(majority);
  const model = classificationScores(matrix);
  const naive = classificationScores(confusionMatrix(guesses, test.labels, classes));
  const rivalRows = rivals.map(({ key, title, predicted: answers }): ScoresSection['rows'][number] => {
    const scores = classificationScores(confusionMatrix(answers, test.labels, classes));
    return { key, title, role: 'other', values: metricsOf(scores) };
  });
  const improvement = {
    metric: 'error_rate',
    measure: { en: 'share of wrong answers', tr: 'yanlış yanıt payı' },
    model: 1 - model.accuracy,
    naive: 1 - naive.accuracy,
    comparison: comparePairs(missesOf(predicted, test.labels), missesOf(guesses, test.labels)),
    baseline: {
      en: `the baseline, which always answers "${classNames[majority]}"`,
      tr: `her zaman "${classNames[majority]}" diyen temel tahmin`,
    },
    samples: predicted.length,
    write: formatPercent,
  };
  const summary = improvementSummary(improvement);
  return {
    version: 1,
    pipeline_id: input.pipelineId,
    created_at: input.createdAt.toISOString(),
    summary,
    sections: [
      improvementNote(improvement),
      ...rivals.map((rival) => rivalNote(rival, predicted, test.labels)),
      ...(input.caveats ?? []),
      scoresSection(model, naive, predicted.length, rivalRows),
      perClassSection(model, classNames),
      confusionSection(matrix, classNames),
      ...(input.samples ?? []),
      calibrationChart(test, predicted, classes),
      ...importanceSections(input.importance, summary.verdict, ERROR_RATE),
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

const METRICS: Record<string, { title: LocalizedText; of: (scores: ClassificationScores) => number }> = {
  accuracy: { title: { en: 'Accuracy', tr: 'Doğruluk' }, of: ({ accuracy }) => accuracy },
  macro_f1: { title: { en: 'Macro F1', tr: 'Makro F1' }, of: ({ macro }) => macro.f1 },
  macro_precision: {
    title: { en: 'Macro precision', tr: 'Makro kesinlik' },
    of: ({ macro }) => macro.precision,
  },
  macro_recall: { title: { en: 'Macro recall', tr: 'Makro duyarlılık' }, of: ({ macro }) => macro.recall },
};

function metricsOf(scores: ClassificationScores): Record<string, number> {
  return Object.fromEntries(Object.entries(METRICS).map(([key, { of }]) => [key, of(scores)]));
}

function scoresSection(
  model: ClassificationScores,
  naive: ClassificationScores,
  samples: number,
  rivals: ScoresSection['rows'],
): ScoresSection {
  return {
    kind: 'scores',
    id: 'scores',
    title: { en: 'Scores on the held-out test samples', tr: 'Ayrılmış test örneklerindeki başarım' },
    description: {
      en: `${samples} samples that neither training nor model selection saw. Macro scores are means over the classes, each counting the same.`,
      tr: `Ne eğitimde ne de model seçiminde kullanılan ${samples} örnek. Makro değerler, her sınıfın eşit sayıldığı ortalamalardır.`,
    },
    columns: Object.entries(METRICS).map(([key, { title }]) => ({ key, title, better: 'higher' })),
    rows: [
      { key: 'model', title: { en: 'Model', tr: 'Model' }, role: 'model', values: metricsOf(model) },
      {
        key: 'naive',
        title: { en: 'Majority class', tr: 'En sık sınıf' },
        role: 'naive',
        values: metricsOf(naive),
      },
      ...rivals,
    ],
  };
}

function perClassSection({ perClass }: ClassificationScores, classNames: readonly string[]): ScoresSection {
  return {
    kind: 'scores',
    id: 'per_class',
    title: { en: 'Each class', tr: 'Sınıf sınıf' },
    columns: [
      { key: 'precision', title: { en: 'Precision', tr: 'Kesinlik' }, better: 'none' },
      { key: 'recall', title: { en: 'Recall', tr: 'Duyarlılık' }, better: 'none' },
      { key: 'f1', title: 'F1', better: 'none' },
      { key: 'support', title: { en: 'Samples', tr: 'Örnek sayısı' }, better: 'none' },
    ],
    rows: perClass.map((scores, label) => ({
      key: `class_${label}`,
      title: classNames[label]!,
      role: 'other',
      values: { ...scores },
    })),
  };
}

function confusionSection(
  { classes, counts }: ConfusionMatrix,
  classNames: readonly string[],
): ScoresSection {
  return {
    kind: 'scores',
    id: 'confusion',
    title: { en: 'Confusion matrix', tr: 'Karışıklık matrisi' },
    description: {
      en: 'How many test samples of the class in the row were given the class in the column.',
      tr: 'Satırdaki sınıftan kaç test örneğine sütundaki sınıfın verildiği.',
    },
    columns: classNames.map((title, label) => ({ key: `class_${label}`, title, better: 'none' })),
    rows: classNames.map((title, truth) => ({
      key: `class_${truth}`,
      title,
      role: 'other',
      values: Object.fromEntries(
        classNames.map((_, label) => [`class_${label}`, counts[truth * classes + label]!]),
      ),
    })),
  };
}

function calibrationChart(
  { probabilities, labels }: ClassificationReportInput['test'],
  predicted: Int32Array,
  classes: number,
): ChartSection {
  const confidences = Array.from(predicted, (label, row) =>
    Math.min(1, probabilities[row * classes + label]!),
  );
  const hits = Array.from(predicted, (label, row) => Number(label === labels[row]));
  const { bins, expectedError } = calibration(confidences, hits);
  const percent = (language: 'en' | 'tr'): string => formatPercent(expectedError, language);
  return {
    kind: 'chart',
    id: 'calibration',
    title: { en: 'Calibration', tr: 'Kalibrasyon' },
    description: {
      en: `How often answers are right that the model gives with this confidence; it should be as often as it says. On average the two are ${percent('en')} apart.`,
      tr: `Modelin bu güvenle verdiği yanıtların ne sıklıkla doğru olduğu; söylediği kadar sık olmalıdır. İkisi arasındaki ortalama uzaklık ${percent('tr')}.`,
    },
    x: {
      title: { en: 'Confidence', tr: 'Güven' },
      labels: bins.map(({ low, high }) => `${Math.round(low * 100)}–${Math.round(high * 100)}%`),
    },
    y: { title: { en: 'Share of right answers', tr: 'Doğru yanıt payı' } },
    series: [
      {
        key: 'frequency',
        title: { en: 'Right answers', tr: 'Doğru yanıtlar' },
        role: 'actual',
        values: bins.map(({ frequency }) => frequency && rounded(frequency)),
      },
      {
        key: 'confidence',
        title: { en: 'Mean confidence', tr: 'Ortalama güven' },
        role: 'model',
        values: bins.map(({ confidence }) => confidence && rounded(confidence)),
      },
    ],
  };
}
