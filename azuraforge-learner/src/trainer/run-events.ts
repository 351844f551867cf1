import { devices } from 'azuraforge-core';
import type { TrainingEvent } from '../event.ts';
import type { EpochRecord, FitOptions, TrainerOptions } from '../trainer.ts';

/** What a training tells of itself before its first batch. */
export function runEvent(
  { model, optimizer, seed = 0 }: TrainerOptions,
  { train, validation, epochs, batchSize, testSamples = 0 }: FitOptions,
): TrainingEvent {
  const { device } = optimizer.parameters[0]!;
  return {
    type: 'run',
    epochs,
    batches_per_epoch: Math.ceil(train.length / batchSize),
    parameters: model.parameterCount(),
    train_samples: train.length,
    validation_samples: validation?.length ?? 0,
    test_samples: testSamples,
    device,
    adapter: devices().find(({ name }) => name === device)?.adapter ?? null,
    seed,
  };
}

/** What a training tells when it goes on from a checkpoint. */
export function resumeEvent(at: { epoch: number; batch: number }, epochs: number): TrainingEvent {
  const place = at.batch === 0 ? `epoch ${at.epoch}` : `batch ${at.batch + 1} of epoch ${at.epoch}`;
  const message =
    at.epoch > epochs ? 'The training had ended already.' : `Going on from a checkpoint, with ${place}.`;
  return { type: 'log', level: 'info', message };
}

/** Leaves out metrics that are not finite, which JSON does not have. */
export function epochEvent(record: EpochRecord, epochs: number): TrainingEvent {
  return {
    type: 'epoch',
    epoch: record.epoch,
    epochs,
    train_loss: record.trainLoss,
    validation_loss: record.validationLoss,
    metrics: Object.fromEntries(Object.entries(record.metrics).filter(([, value]) => Number.isFinite(value))),
    learning_rate: record.learningRate,
    ...(record.gradientNorm !== null && { gradient_norm: record.gradientNorm }),
    seconds: record.seconds,
    best: record.best,
    fraction: record.epoch / epochs,
  };
}
