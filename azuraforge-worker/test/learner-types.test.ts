/**
 * azuraforge-learner may not import the contract, so nothing but this makes the compiler compare the two:
 * `npm run typecheck` fails when what a pipeline gives is not what the platform stores and shows, or takes.
 */
import { expect, test } from '@jest/globals';
import type * as contract from 'azuraforge-dbmodels/contract';
import * as limits from 'azuraforge-dbmodels/contract';
import type * as learner from 'azuraforge-learner';
import { MAX_HEAT_MAP_SIDE, MAX_PICTURE_SIDE } from 'azuraforge-learner';
import { checkReport } from '../dist/artifacts/report.js';
import { eventProblem } from '../dist/run/protocol.js';

type Given<Value extends Expected, Expected> = Value;

export type Proofs = [
  Given<learner.TrainingEvent, contract.TrainingEvent>,
  Given<contract.TrainingEvent, learner.TrainingEvent>,
  Given<learner.Report, contract.Report>,
  Given<contract.Report, learner.Report>,
  Given<learner.Report['summary'], contract.ReportSummary>,
  Given<learner.Prediction, contract.Forecast>,
  Given<contract.Forecast, learner.Prediction>,
  Given<learner.ClassPrediction, contract.ClassPrediction>,
  Given<contract.ClassPrediction, learner.ClassPrediction>,
  Given<learner.ValuePrediction, contract.ValuePrediction>,
  Given<contract.ValuePrediction, learner.ValuePrediction>,
  Given<learner.TextPrediction, contract.TextPrediction>,
  Given<contract.TextPrediction, learner.TextPrediction>,
  Given<learner.AudioPrediction, contract.AudioPrediction>,
  Given<contract.AudioPrediction, learner.AudioPrediction>,
  Given<learner.JsonSchema, contract.JsonSchema>,
];

const EVENTS: { [Type in learner.TrainingEvent['type']]: Extract<learner.TrainingEvent, { type: Type }> } = {
  stage: { type: 'stage', stage: 'evaluating' },
  run: {
    type: 'run',
    epochs: 2,
    batches_per_epoch: 3,
    parameters: 10,
    train_samples: 20,
    validation_samples: 0,
    test_samples: 5,
    device: 'webgpu',
    adapter: null,
    seed: 42,
  },
  batch: {
    type: 'batch',
    epoch: 1,
    epochs: 2,
    batch: 1,
    batches: 3,
    loss: 0.5,
    learning_rate: 0.001,
    gradient_norm: 2.5,
    fraction: 0.2,
  },
  epoch: {
    type: 'epoch',
    epoch: 1,
    epochs: 2,
    train_loss: 0.5,
    validation_loss: null,
    metrics: {},
    learning_rate: 0.001,
    gradient_norm: 2.5,
    seconds: 0.2,
    best: false,
    fraction: 0.5,
  },
  preview: { type: 'preview', epoch: 1, target: 'y', unit: '°C', labels: ['a'], actual: [1], predicted: [2] },
  early_stop: { type: 'early_stop', epoch: 9, best_epoch: 4, patience: 5 },
  log: { type: 'log', level: 'warn', message: 'The data has a gap.' },
};

const REPORT: learner.Report = {
  version: 1,
  pipeline_id: 'quick',
  created_at: '2026-11-20T00:00:00.000Z',
  summary: {
    metric: 'error_rate',
    title: { en: 'share of wrong answers', tr: 'yanlış yanıt payı' },
    model: 1,
    naive: 2,
    verdict: 'better',
  },
  sections: [
    {
      kind: 'scores',
      id: 'scores',
      title: { en: 'Scores', tr: 'Puanlar' },
      columns: [{ key: 'mae', title: 'MAE', better: 'lower' }],
      rows: [{ key: 'naive', title: 'Naive', role: 'seasonal_naive', values: { mae: null } }],
    },
    {
      kind: 'chart',
      id: 'chart',
      title: 'Chart',
      x: { labels: ['a', 'b'] },
      y: { unit: '°C' },
      series: [{ key: 'actual', title: 'Actual', role: 'actual', values: [1, null] }],
    },
    {
      kind: 'bars',
      id: 'importance',
      title: 'Importance',
      value: { title: 'Error', unit: '°C' },
      bars: [{ key: 'level', title: { en: 'Level', tr: 'Seviye' }, value: -0.5, spread: null }],
    },
    {
      kind: 'heat_map',
      id: 'heat',
      title: 'Heat',
      value: {},
      rows: { count: 1, labels: [{ en: 'Level', tr: 'Seviye' }] },
      columns: { count: 2, labels: [] },
      values: [0.5, null],
    },
    { kind: 'facts', id: 'facts', title: 'Facts', items: [{ key: 'rows', title: 'Rows', value: 7 }] },
    { kind: 'note', id: 'note', title: 'Note', tone: 'warning', text: 'Short series.' },
    {
      kind: 'pictures',
      id: 'mistakes',
      title: 'Mistakes',
      items: [
        {
          key: 'image_7',
          caption: '1, taken for 7',
          width: 2,
          height: 1,
          channels: 3,
          pixels: 'AAAAAAAA',
          heat: { rows: 1, columns: 1, values: [0.5] },
        },
      ],
    },
  ],
};

test.each(Object.values(EVENTS))('the worker takes the event $type of the learner', (event) => {
  expect(eventProblem(event)).toBeNull();
});

test.each(['batch', 'epoch'] as const)('a %s may leave out what it does not know', (type) => {
  const { gradient_norm: _norm, ...event } = EVENTS[type];
  expect(eventProblem(event as learner.TrainingEvent)).toBeNull();
  const wrong = { ...event, gradient_norm: 'large' } as unknown as learner.TrainingEvent;
  expect(eventProblem(wrong)).toContain('gradient_norm');
});

test('the worker takes a report with every kind of section, and says what is wrong with another', () => {
  expect(checkReport(REPORT)).toEqual({ report: REPORT });
  const wrong = { ...REPORT, sections: [{ ...REPORT.sections[5], tone: 'loud' }] };
  expect(checkReport(wrong)).toEqual({ problem: expect.stringContaining('sections.0.tone') });
  const pictures = REPORT.sections[6] as learner.PicturesSection;
  const huge = { ...pictures, items: [{ ...pictures.items[0], width: 100_000 }] };
  expect(checkReport({ ...REPORT, sections: [huge] })).toEqual({
    problem: expect.stringContaining('sections.0.items.0.width'),
  });
  const vast = { ...REPORT.sections[3], columns: { count: 1e9, labels: [] } };
  expect(checkReport({ ...REPORT, sections: [vast] })).toEqual({
    problem: expect.stringContaining('sections.0.columns.count'),
  });
  expect(checkReport({ ...REPORT, sections: [{ ...vast, kind: 'hologram' }] })).toEqual({
    problem: expect.stringContaining('sections.0.kind'),
  });
});

test('pictures and heat maps of a pipeline may be as large as the platform takes them', () => {
  expect({ MAX_HEAT_MAP_SIDE, MAX_PICTURE_SIDE }).toEqual({
    MAX_HEAT_MAP_SIDE: limits.MAX_HEAT_MAP_SIDE,
    MAX_PICTURE_SIDE: limits.MAX_PICTURE_SIDE,
  });
});
