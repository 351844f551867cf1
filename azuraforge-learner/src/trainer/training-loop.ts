import { devices } from 'azuraforge-core';
import type { GeneratorState } from 'azuraforge-core';
import type { TrainingMoment } from '../callback.ts';
import type { TrainingEvent } from '../event.ts';
import { WeightAverage } from '../optim/weight-average.ts';
import type { EpochRecord, FitOptions, Generators, TrainerOptions, TrainingHistory } from '../trainer.ts';
import { batchesOf } from './batch-order.ts';
import { BestWeights } from './best-weights.ts';
import type { Progress } from './checkpoint.ts';
import { Checkpointer } from './checkpointer.ts';
import { LossWatch } from './early-stopping.ts';
import { computeAll, evaluate } from './evaluation.ts';
import type { Evaluation } from './evaluation.ts';
import { LossLog } from './loss-log.ts';
import type { BatchResult, LossSums } from './loss-log.ts';
import { Pace, Throttle } from './pace.ts';
import { TrainingStep } from './training-step.ts';
import type { Portion } from './training-step.ts';

const BATCH_EVENT_MS = 250;

const NO_LOSSES: LossSums = { sum: 0, samples: 0, batches: 0 };

/** One `fit` of a Trainer, from its first batch or from a checkpoint on. */
export class TrainingLoop {
  readonly #trainer: TrainerOptions;
  readonly #generators: Generators;
  readonly #fit: FitOptions;
  readonly #pace: Pace;
  readonly #throttle = new Throttle(BATCH_EVENT_MS);
  readonly #watch: LossWatch;
  readonly #best: BestWeights;
  readonly #average: WeightAverage | null;
  readonly #step: TrainingStep;
  readonly #checkpointer: Checkpointer | null;
  readonly #records: EpochRecord[] = [];
  readonly #started = performance.now();
  /** The epoch that comes next or goes on, and its batches that are done. */
  #epoch = 1;
  #batch = 0;
  /** What the batches of this epoch that were done before the interruption came to. */
  #sums = NO_LOSSES;
  /** The generator of the order before it drew the one of this epoch. */
  #orderState: GeneratorState;
  #steps = 0;
  #rate: number;
  #earlierSeconds = 0;

  constructor(trainer: TrainerOptions, generators: Generators, fit: FitOptions) {
    const { model, optimizer, scheduler = null, averageDecay, earlyStopping, accumulation = 1 } = trainer;
    this.#trainer = trainer;
    this.#generators = generators;
    this.#fit = fit;
    this.#pace = new Pace(fit.signal);
    this.#watch = new LossWatch(earlyStopping);
    this.#best = new BestWeights(model);
    this.#average = averageDecay === undefined ? null : new WeightAverage(model, { decay: averageDecay });
    this.#step = new TrainingStep({
      ...trainer,
      average: this.#average,
      accumulates: accumulation > 1,
      keepsPredictions: (trainer.trainMetrics ?? []).length > 0,
      compile: trainer.compile ?? true,
    });
    const parts = { model, optimizer, scheduler, average: this.#average, best: this.#best };
    this.#checkpointer = fit.checkpoints ? new Checkpointer(fit.checkpoints.store, parts) : null;
    this.#orderState = generators.order.state;
    this.#rate = optimizer.learningRate;
  }

  async run(): Promise<TrainingHistory> {
    const { model, optimizer } = this.#trainer;
    try {
      this.#pace.check();
      const resumed = await this.#resume();
      this.#emit(this.#runEvent());
      if (resumed) this.#emit({ type: 'log', level: 'info', message: this.#resumedText() });
      await this.#tell({ type: 'begin', epochs: this.#fit.epochs, batches: this.#batchCount, resumed });
      while (this.#epoch <= this.#fit.epochs && !this.#isExhausted) await this.#runEpoch();
      this.#tellEarlyStop();
      if (!this.#best.restore()) this.#average?.apply();
      const history = this.#history();
      await this.#tell({ type: 'end', history });
      return history;
    } finally {
      this.#step.dispose();
      this.#best.dispose();
      this.#average?.dispose();
      optimizer.zeroGrad();
      model.eval();
    }
  }

  async #runEpoch(): Promise<void> {
    const started = performance.now();
    const epoch = this.#epoch;
    await this.#tell({ type: 'epochBegin', epoch, epochs: this.#fit.epochs });
    const trained = await this.#trainEpoch();
    const { result, best } = await this.#validate(trained.loss);
    const record: EpochRecord = {
      epoch,
      trainLoss: trained.loss,
      validationLoss: result?.loss ?? null,
      metrics: {
        ...trained.metrics,
        ...result?.metrics,
        ...(result && this.#fit.metrics?.(result.predicted, result.actual)),
      },
      learningRate: this.#rate,
      gradientNorm: trained.gradientNorm,
      seconds: (performance.now() - started) / 1000,
      best,
    };
    this.#records.push(record);
    if (this.#trainer.schedulerInterval !== 'step') {
      this.#trainer.scheduler?.step(result?.loss ?? trained.loss);
    }
    this.#epoch += 1;
    this.#batch = 0;
    this.#sums = NO_LOSSES;
    this.#orderState = this.#generators.order.state;
    this.#emit(epochEvent(record, this.#fit.epochs));
    const [predicted, actual] = [result?.predicted ?? null, result?.actual ?? null];
    await this.#fit.onEpochEnd?.({ epoch, best, predicted, actual });
    await this.#tell({ type: 'epochEnd', record });
    await this.#save(best ? ['last', 'best'] : ['last']);
    this.#pace.check();
  }

  async #trainEpoch(): Promise<{
    loss: number;
    metrics: Record<string, number>;
    gradientNorm: number | null;
  }> {
    const { model, loss, trainMetrics = [] } = this.#trainer;
    const { train, batchSize, shuffle = true } = this.#fit;
    model.train();
    const batches = batchesOf(train.length, batchSize, shuffle ? this.#generators.order : undefined);
    for (const metric of trainMetrics) metric.reset();
    const losses = new LossLog(loss.reduction, `in epoch ${this.#epoch}`, trainMetrics);
    losses.sums = this.#sums;
    try {
      while (this.#batch < batches.length) await this.#trainBatch(batches, losses);
      await losses.settle();
    } finally {
      losses.dispose();
    }
    const measured = Object.entries(computeAll(trainMetrics)).map(([name, value]) => [
      `train_${name}`,
      value,
    ]);
    return {
      loss: losses.mean(),
      metrics: Object.fromEntries(measured),
      gradientNorm: losses.gradientNorm,
    };
  }

  async #trainBatch(batches: readonly Uint32Array[], losses: LossLog): Promise<void> {
    const indices = batches[this.#batch]!;
    const portion = this.#portion(batches);
    const at = { epoch: this.#epoch, batch: this.#batch + 1, batches: batches.length };
    await this.#tell({ type: 'batchBegin', ...at });
    if (portion.isLast) this.#rate = this.#trainer.optimizer.learningRate;
    await this.#fit.train.prepare?.(batches.slice(this.#batch), this.#epoch);
    const result = this.#step.run(() => this.#fit.train.batch(indices, this.#epoch), portion);
    losses.add(result, indices.length);
    this.#batch += 1;
    if (portion.isLast) {
      this.#steps += 1;
      if (this.#trainer.schedulerInterval === 'step') this.#trainer.scheduler?.step();
    }
    await this.#tellBatch(at, result);
    if (this.#throttle.due()) {
      const loss = await losses.settle();
      const fraction = (at.epoch - 1 + at.batch / at.batches) / this.#fit.epochs;
      const gradient = losses.gradientNorm === null ? {} : { gradient_norm: losses.gradientNorm };
      const rate = { learning_rate: this.#rate, ...gradient };
      this.#emit({ type: 'batch', ...at, epochs: this.#fit.epochs, loss, ...rate, fraction });
    }
    const { everySteps } = this.#fit.checkpoints ?? {};
    if (everySteps && portion.isLast && this.#steps % everySteps === 0 && this.#batch < batches.length) {
      await losses.settle();
      this.#sums = losses.sums;
      await this.#save(['last']);
    }
    await this.#pace.breathe();
  }

  #portion(batches: readonly Uint32Array[]): Portion {
    const { loss, accumulation = 1 } = this.#trainer;
    const place = this.#batch % accumulation;
    const group = batches.slice(this.#batch - place, this.#batch - place + accumulation);
    const samples = group.reduce((sum, { length }) => sum + length, 0);
    return {
      isFirst: place === 0,
      isLast: place === group.length - 1,
      share: loss.reduction === 'sum' ? 1 : batches[this.#batch]!.length / samples,
    };
  }

  /** Judges the epoch by the averaged weights where there are any, and keeps them if they are the best so far. */
  async #validate(trainLoss: number): Promise<{ result: Evaluation | null; best: boolean }> {
    const { model, loss, metrics, earlyStopping } = this.#trainer;
    const { validation, batchSize, signal } = this.#fit;
    const judge = async (): Promise<{ result: Evaluation | null; best: boolean }> => {
      const name = `in the validation of epoch ${this.#epoch}`;
      const options = { batchSize, signal, name, metrics };
      const result = validation ? await evaluate(model, loss, validation, options) : null;
      const best = this.#watch.record(this.#epoch, result?.loss ?? trainLoss);
      if (best && earlyStopping) this.#best.save();
      return { result, best };
    };
    const judged = await (this.#average ? this.#average.during(judge) : judge());
    const { result } = judged;
    if (result) {
      await this.#tell({
        type: 'validation',
        epoch: this.#epoch,
        loss: result.loss,
        metrics: result.metrics,
      });
    }
    return judged;
  }

  get #setup(): Progress['setup'] {
    const { seed = 0, accumulation = 1 } = this.#trainer;
    const { train, batchSize, shuffle = true } = this.#fit;
    return { seed, samples: train.length, batchSize, accumulation, shuffle };
  }

  async #save(names: ('last' | 'best')[]): Promise<void> {
    if (!this.#checkpointer) return;
    await this.#checkpointer.save(names, {
      setup: this.#setup,
      epoch: this.#epoch,
      batch: this.#batch,
      steps: this.#steps,
      seconds: this.#seconds,
      order: this.#orderState,
      layers: this.#generators.layers.state,
      data: this.#generators.data.state,
      losses: this.#sums,
      watch: this.#watch.state,
      epochs: this.#records,
    });
    for (const name of names) {
      await this.#tell({ type: 'checkpoint', name, epoch: this.#epoch, batch: this.#batch });
    }
  }

  async #resume(): Promise<boolean> {
    if (!this.#fit.resume) return false;
    const progress = await this.#checkpointer?.restore('last', this.#setup);
    if (!progress) return false;
    this.#epoch = progress.epoch;
    this.#batch = progress.batch;
    this.#steps = progress.steps;
    this.#earlierSeconds = progress.seconds;
    this.#sums = progress.losses;
    this.#watch.state = progress.watch;
    this.#orderState = progress.order;
    this.#generators.order.state = progress.order;
    this.#generators.layers.state = progress.layers;
    this.#generators.data.state = progress.data;
    this.#records.push(...progress.epochs.map(recordFrom));
    return true;
  }

  get #batchCount(): number {
    return Math.ceil(this.#fit.train.length / this.#fit.batchSize);
  }

  get #seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#started) / 1000;
  }

  /** Whether early stopping has lost its patience. */
  get #isExhausted(): boolean {
    return this.#watch.exhausted(this.#records.length);
  }

  #history(): TrainingHistory {
    return {
      epochs: this.#records,
      bestEpoch: this.#watch.bestEpoch,
      bestLoss: this.#watch.bestLoss,
      stoppedEarly: this.#epoch <= this.#fit.epochs,
      seconds: this.#seconds,
    };
  }

  #emit(event: TrainingEvent): void {
    this.#fit.onEvent?.(event);
  }

  async #tell(moment: TrainingMoment): Promise<void> {
    for (const callback of this.#fit.callbacks ?? []) await callback(moment);
  }

  async #tellBatch(
    at: { epoch: number; batch: number; batches: number },
    { loss, gradientNorm = null }: BatchResult,
  ): Promise<void> {
    await this.#tell({ type: 'batchEnd', ...at, learningRate: this.#rate, loss, gradientNorm });
  }

  #tellEarlyStop(): void {
    if (this.#epoch > this.#fit.epochs) return;
    const { patience } = this.#trainer.earlyStopping!;
    const { bestEpoch } = this.#watch;
    this.#emit({ type: 'early_stop', epoch: this.#records.length, best_epoch: bestEpoch, patience });
  }

  #resumedText(): string {
    const place = this.#batch === 0 ? 'its beginning' : `batch ${this.#batch + 1}`;
    return this.#epoch > this.#fit.epochs
      ? 'The training had ended already.'
      : `Going on from a checkpoint, in epoch ${this.#epoch} from ${place}.`;
  }

  #runEvent(): TrainingEvent {
    const { model, optimizer, seed = 0 } = this.#trainer;
    const { train, validation, epochs, testSamples = 0 } = this.#fit;
    const { device } = optimizer.parameters[0]!;
    return {
      type: 'run',
      epochs,
      batches_per_epoch: this.#batchCount,
      parameters: model.parameterCount(),
      train_samples: train.length,
      validation_samples: validation?.length ?? 0,
      test_samples: testSamples,
      device,
      adapter: devices().find(({ name }) => name === device)?.adapter ?? null,
      seed,
    };
  }
}

function epochEvent(record: EpochRecord, epochs: number): TrainingEvent {
  return {
    type: 'epoch',
    epoch: record.epoch,
    epochs,
    train_loss: record.trainLoss,
    validation_loss: record.validationLoss,
    metrics: record.metrics,
    learning_rate: record.learningRate,
    ...(record.gradientNorm !== null && { gradient_norm: record.gradientNorm }),
    seconds: record.seconds,
    best: record.best,
    fraction: record.epoch / epochs,
  };
}

/** A record as it was before it became JSON, which has no NaN. */
function recordFrom({ metrics, ...record }: Progress['epochs'][number]): EpochRecord {
  const numbers = Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]);
  return { ...record, metrics: Object.fromEntries(numbers) };
}
