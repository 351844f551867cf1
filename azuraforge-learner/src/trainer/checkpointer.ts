import { ArgumentError } from '../error.ts';
import type { Module } from '../nn/module.ts';
import { readState } from '../nn/state.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Scheduler } from '../optim/scheduler.ts';
import type { WeightAverage } from '../optim/weight-average.ts';
import type { CheckpointOptions } from '../trainer.ts';
import type { BestWeights } from './best-weights.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Progress } from './checkpoint.ts';

/** What a training changes and a checkpoint keeps. */
export interface TrainedParts {
  model: Module;
  optimizer: Optimizer;
  scheduler: Scheduler | null;
  average: WeightAverage | null;
  best: BestWeights;
}

/** The part of the progress that the trained parts know themselves. */
type OwnProgress = 'optimizer' | 'scheduler';

/** Writes a training into its store and takes it up from there. */
export class Checkpointer {
  readonly #store: CheckpointOptions['store'];
  readonly #parts: TrainedParts;

  constructor(store: CheckpointOptions['store'], parts: TrainedParts) {
    this.#store = store;
    this.#parts = parts;
  }

  async save(names: readonly string[], progress: Omit<Progress, OwnProgress>): Promise<void> {
    const { model, optimizer, scheduler, average, best } = this.#parts;
    const { tensors, ...optimizerProgress } = await optimizer.stateDict();
    const bytes = writeCheckpoint(
      { ...progress, optimizer: optimizerProgress, scheduler: scheduler?.stateDict() ?? null },
      {
        model: await readState(model.stateDict()),
        optimizer: tensors,
        average: (await average?.stateDict()) ?? {},
        best: await best.stateDict(),
      },
    );
    for (const name of names) await this.#store.write(name, bytes);
  }

  /**
   * Takes the checkpoint up and returns its progress; null when there is none. Throws ModelFileError when it is damaged or
   * of another model, ArgumentError when this training is set up otherwise.
   */
  async restore(name: string, setup: Progress['setup']): Promise<Progress | null> {
    const bytes = await this.#store.read(name);
    if (!bytes) return null;
    const { progress, tensors } = readCheckpoint(bytes);
    const { model, optimizer, scheduler, average, best } = this.#parts;
    const parts = { scheduler: scheduler !== null, averageDecay: average !== null };
    const saved = { scheduler: progress.scheduler !== null, averageDecay: hasKeys(tensors.average) };
    refuseOther({ ...progress.setup, ...saved }, { ...setup, ...parts });
    model.loadStateDict(tensors.model);
    optimizer.loadStateDict({ ...progress.optimizer, tensors: tensors.optimizer });
    average?.loadStateDict(tensors.average);
    best.loadStateDict(tensors.best);
    if (progress.scheduler) scheduler?.loadStateDict(progress.scheduler);
    return progress;
  }
}

const hasKeys = (record: object): boolean => Object.keys(record).length > 0;

function refuseOther(saved: Record<string, unknown>, own: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(own)) {
    if (saved[name] === value) continue;
    throw new ArgumentError(
      `The checkpoint was written with ${name} ${String(saved[name])}, this training has ${String(value)}. Resume with the same settings and data, or start anew without \`resume\`.`,
    );
  }
}
