import type { SeriesTable } from '../data/series-table.ts';
import type { FactsSection } from '../report.ts';
import type { RunRecord } from './learning-pipeline.ts';
import type { PreparedSeries } from './preparation.ts';
import type { TimeSeriesConfig } from './time-series-config.ts';

/** What one must know to judge a forecasting run or to repeat it. */
export function forecastFacts(run: {
  table: SeriesTable;
  prepared: PreparedSeries;
  config: TimeSeriesConfig;
  record: RunRecord;
  hash: string;
}): FactsSection['items'] {
  const { table, prepared, config } = run;
  const { trainEnd, validationEnd, rows } = prepared.split;
  const period = (from: number, end: number): string => `${table.labels[from]} – ${table.labels[end - 1]}`;
  return [
    { key: 'period', title: { en: 'Data', tr: 'Veri' }, value: period(0, rows) },
    { key: 'rows', title: { en: 'Rows', tr: 'Satır sayısı' }, value: rows },
    { key: 'train', title: { en: 'Training rows', tr: 'Eğitim satırları' }, value: period(0, trainEnd) },
    {
      key: 'validation',
      title: { en: 'Validation rows', tr: 'Doğrulama satırları' },
      value: period(trainEnd, validationEnd),
    },
    { key: 'test', title: { en: 'Test rows', tr: 'Test satırları' }, value: period(validationEnd, rows) },
    { key: 'features', title: { en: 'Inputs', tr: 'Girdiler' }, value: prepared.featureNames.join(', ') },
    { key: 'window', title: { en: 'Window', tr: 'Pencere' }, value: config.window },
    { key: 'horizon', title: { en: 'Horizon', tr: 'Ufuk' }, value: config.horizon },
    ...trainingFacts(run.record, config.seed, run.hash),
  ];
}

/** How many samples each part has. */
export function sampleFacts(
  parts: Record<'train' | 'validation' | 'test', { length: number }>,
): FactsSection['items'] {
  return [
    {
      key: 'train',
      title: { en: 'Training samples', tr: 'Eğitim örnekleri' },
      value: parts.train.length,
    },
    {
      key: 'validation',
      title: { en: 'Validation samples', tr: 'Doğrulama örnekleri' },
      value: parts.validation.length,
    },
    { key: 'test', title: { en: 'Test samples', tr: 'Test örnekleri' }, value: parts.test.length },
  ];
}

/** The facts of any training. */
export function trainingFacts(
  { history, started }: RunRecord,
  seed: number,
  hash: string,
): FactsSection['items'] {
  const device = started?.adapter ? `${started.device} (${started.adapter})` : (started?.device ?? '');
  return [
    {
      key: 'parameters',
      title: { en: 'Parameters of the model', tr: 'Modelin parametre sayısı' },
      value: started?.parameters ?? 0,
    },
    {
      key: 'best_epoch',
      title: { en: 'Best epoch', tr: 'En iyi devir' },
      value: `${history.bestEpoch} / ${history.epochs.length}`,
    },
    {
      key: 'training_seconds',
      title: { en: 'Training time', tr: 'Eğitim süresi' },
      value: Number(history.seconds.toFixed(2)),
      unit: 's',
    },
    { key: 'seed', title: { en: 'Seed', tr: 'Tohum' }, value: seed },
    { key: 'device', title: { en: 'Device', tr: 'Aygıt' }, value: device },
    { key: 'dataset_hash', title: { en: 'Hash of the data', tr: 'Veri özeti (hash)' }, value: hash },
  ];
}
