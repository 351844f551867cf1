import { describe, expect, test } from '@jest/globals';
import type { ExperimentDetail, ExperimentEvent, ExperimentEventBody } from 'azuraforge-dbmodels/contract';
import {
  applyEvents,
  initialRunState,
  MAX_EPOCH_POINTS,
  MAX_LOG_LINES,
  secondsLeft,
} from '../src/features/experiments/run-state.ts';

const experiment: ExperimentDetail = {
  id: 'e',
  task_id: 't',
  name: 'Run',
  pipeline_id: 'p',
  status: 'PENDING',
  attempt: 0,
  progress: null,
  summary: null,
  error: null,
  device: null,
  adapter: null,
  model_id: null,
  created_by: 'admin',
  cancel_requested: false,
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: null,
  finished_at: null,
  config: {},
  plugin: { name: 'plugin', version: '1.0.0' },
  last_seq: 0,
};

function event(seq: number, body: ExperimentEventBody, attempt = 1): ExperimentEvent {
  const at = new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString();
  return { experiment_id: 'e', task_id: 't', seq, attempt, at, body };
}

function epoch(
  seq: number,
  number: number,
  options: { best?: boolean; attempt?: number; epochs?: number } = {},
) {
  const { best = false, attempt = 1, epochs = 10 } = options;
  return event(
    seq,
    {
      type: 'epoch',
      epoch: number,
      epochs,
      train_loss: 1 / number,
      validation_loss: 2 / number,
      metrics: {},
      learning_rate: 0.01,
      seconds: 1,
      best,
      fraction: number / epochs,
    },
    attempt,
  );
}

const start = () => initialRunState(experiment);

describe('applyEvents', () => {
  test('adds up epochs, remembers the best, and follows stage and status', () => {
    const run = applyEvents(start(), [
      event(1, { type: 'status', status: 'PENDING' }, 0),
      event(2, { type: 'status', status: 'STARTED' }),
      event(3, { type: 'stage', stage: 'training' }),
      epoch(4, 1, { best: true }),
      epoch(5, 2, { best: true }),
      epoch(6, 3),
    ]);
    expect(run).toMatchObject({
      status: 'STARTED',
      stage: 'training',
      attempt: 1,
      epoch: 3,
      totalEpochs: 10,
    });
    expect(run.epochs.map((point) => point.epoch)).toEqual([1, 2, 3]);
    expect(run.best?.epoch).toBe(2);
    expect(run.fraction).toBeCloseTo(0.3);
  });

  test('takes each event once, however often it comes', () => {
    const events = [event(1, { type: 'status', status: 'STARTED' }), epoch(2, 1), epoch(3, 2)];
    const once = applyEvents(start(), events);
    expect(applyEvents(once, events)).toBe(once);
    expect(applyEvents(once, [...events, epoch(4, 3)]).epochs).toHaveLength(3);
  });

  test('one batch of events and many give the same', () => {
    const events = [
      event(1, { type: 'status', status: 'STARTED' }),
      epoch(2, 1, { best: true }),
      epoch(3, 2),
    ];
    const whole = applyEvents(start(), events);
    let step = start();
    for (const single of events) step = applyEvents(step, [single]);
    expect(step).toEqual(whole);
  });

  test('does not change the state it is given', () => {
    const before = applyEvents(start(), [epoch(1, 1)]);
    const copy = structuredClone(before);
    applyEvents(before, [epoch(2, 2), event(3, { type: 'log', level: 'info', message: 'x' })]);
    expect(before).toEqual(copy);
  });

  test('a later attempt starts its curves anew; the earlier one is not heard any more', () => {
    const run = applyEvents(start(), [
      epoch(1, 1, { best: true }),
      epoch(2, 2),
      event(3, { type: 'preview', epoch: 2, target: 'y', labels: ['a'], actual: [1], predicted: [2] }),
      event(4, { type: 'status', status: 'STARTED' }, 2),
      epoch(5, 3),
      epoch(6, 1, { attempt: 2 }),
      epoch(7, 4),
    ]);
    expect(run).toMatchObject({ attempt: 2, preview: null, best: null, lastSeq: 7 });
    expect(run.lastAt).toBe(Date.UTC(2026, 0, 1, 0, 0, 7));
    expect(run.log.at(-1)?.body).toEqual({ type: 'status', status: 'STARTED', attempt: 2 });
    expect(run.epochs.map((point) => point.epoch)).toEqual([1]);
  });

  test('keeps the newest preview, and what a run says about itself', () => {
    const setup = {
      epochs: 5,
      batches_per_epoch: 3,
      parameters: 100,
      train_samples: 10,
      validation_samples: 2,
      test_samples: 2,
      device: 'cpu',
      adapter: null,
      seed: 7,
    };
    const preview = (seq: number, value: number) =>
      event(seq, {
        type: 'preview',
        epoch: seq,
        target: 'y',
        labels: ['a'],
        actual: [1],
        predicted: [value],
      });
    const run = applyEvents(start(), [event(1, { type: 'run', ...setup }), preview(2, 5), preview(3, 6)]);
    expect(run.setup).toEqual(setup);
    expect(run.preview?.predicted).toEqual([6]);
  });

  test('a batch moves progress on and an epoch ends it', () => {
    const batch = event(1, {
      type: 'batch',
      epoch: 1,
      epochs: 10,
      batch: 3,
      batches: 6,
      loss: 1,
      fraction: 0.05,
    });
    const running = applyEvents(start(), [batch]);
    expect(running).toMatchObject({ fraction: 0.05, batch: { batch: 3, batches: 6 }, epoch: 1 });
    expect(applyEvents(running, [epoch(2, 1)]).batch).toBeNull();
  });

  test('the end of a run carries its error or its model', () => {
    const error = { code: 'PIPELINE_ERROR' as const, message: 'NaN' };
    expect(applyEvents(start(), [event(1, { type: 'status', status: 'FAILURE', error })])).toMatchObject({
      status: 'FAILURE',
      error,
    });
    expect(
      applyEvents(start(), [event(1, { type: 'status', status: 'SUCCESS', model_id: 'm' })]),
    ).toMatchObject({ status: 'SUCCESS', modelId: 'm', fraction: 1 });
  });

  test('the history of a run that has ended does not make it run again', () => {
    const ended = initialRunState({ ...experiment, status: 'CANCELLED' });
    expect(applyEvents(ended, [event(1, { type: 'status', status: 'STARTED' })]).status).toBe('CANCELLED');
  });

  test('stays within its bounds, but keeps the best and the newest epoch', () => {
    const count = MAX_EPOCH_POINTS * 2 + 17;
    const events = Array.from({ length: count }, (_, index) =>
      epoch(index + 1, index + 1, { best: index + 1 <= 778, epochs: count }),
    );
    const run = applyEvents(start(), events);
    expect(run.epochs.length).toBeLessThanOrEqual(MAX_EPOCH_POINTS);
    expect(run.epochs.length).toBeGreaterThan(MAX_EPOCH_POINTS / 2);
    expect(run.epochs.at(-1)?.epoch).toBe(count);
    expect(run.epochs.some((point) => point.epoch === 778)).toBe(true);
    const order = run.epochs.map((point) => point.epoch);
    expect(order).toEqual(order.toSorted((a, b) => a - b));

    const lines = Array.from({ length: MAX_LOG_LINES + 50 }, (_, index) =>
      event(index + 1, { type: 'log', level: 'info', message: String(index + 1) }),
    );
    const { log } = applyEvents(start(), lines);
    expect(log).toHaveLength(MAX_LOG_LINES);
    expect(log.at(-1)?.seq).toBe(MAX_LOG_LINES + 50);
  });
});

describe('secondsLeft', () => {
  test('goes on at the pace so far', () => {
    const run = applyEvents(start(), [epoch(1, 1), epoch(2, 2), epoch(3, 3)]);
    expect(secondsLeft(run)).toBeCloseTo(7);
  });

  test('says nothing before there is a pace, and nothing at the end', () => {
    expect(secondsLeft(start())).toBeNull();
    expect(secondsLeft(applyEvents(start(), [epoch(1, 1)]))).toBeNull();
    expect(secondsLeft(applyEvents(start(), [epoch(1, 1), epoch(2, 10)]))).toBeNull();
  });
});
