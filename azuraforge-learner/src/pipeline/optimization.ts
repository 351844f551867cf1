import type { Loss } from '../loss.ts';
import { HuberLoss, L1Loss, MSELoss } from '../loss.ts';
import type { Module } from '../nn/module.ts';
import { Adam } from '../optim/adam.ts';
import { AdamW } from '../optim/adamw.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Scheduler } from '../optim/scheduler.ts';
import { CosineAnnealingLR } from '../optim/scheduler/cosine.ts';
import { OneCycleLR } from '../optim/scheduler/one-cycle.ts';
import { SGD } from '../optim/sgd.ts';
import type { TrainingConfig } from './training-config.ts';

export function createOptimizer(model: Module, config: TrainingConfig): Optimizer {
  const options = { learningRate: config.learning_rate, weightDecay: config.weight_decay };
  switch (config.optimizer) {
    case 'adam':
      return new Adam(model.parameters(), options);
    case 'adamw':
      return new AdamW(model.parameters(), options);
    case 'sgd':
      return new SGD(model.parameters(), { ...options, momentum: 0.9 });
  }
}

/** Moves the rate after each of `totalSteps` steps; undefined for a constant rate. */
export function createScheduler(
  optimizer: Optimizer,
  { schedule = 'constant', learning_rate: learningRate }: TrainingConfig,
  totalSteps: number,
): Scheduler | undefined {
  switch (schedule) {
    case 'one_cycle':
      return new OneCycleLR(optimizer, { maxLearningRate: learningRate, totalSteps });
    case 'cosine':
      return new CosineAnnealingLR(optimizer, { tMax: totalSteps });
    case 'constant':
      return undefined;
  }
}

/** The loss of a model that gives numbers. */
export function createLoss(kind: 'mse' | 'mae' | 'huber'): Loss {
  switch (kind) {
    case 'mse':
      return new MSELoss();
    case 'mae':
      return new L1Loss();
    case 'huber':
      return new HuberLoss();
  }
}
