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
import { computeAll, evaluate, measure } from './evaluation.ts';
import type { Evaluation, Measurement } from './evaluation.ts';
import { LossLog } from './loss-log.ts';
import type { LossSums } from './loss-log.ts';
import { Pace, Throttle } from './pace.ts';
import { epochEvent, resumeEvent, runEvent } from './run-events.ts';
import { TrainingStep, portionOf } from './training-step.ts';

const BATCH_EVENT_MS = 250;

const NO_LOSSES: LossSums = { sum: 0, samples: 0, batches: 0 };

/** How an epoch was judged; `result` is null without a validation part. */
interface Verdict {
  result: Measurement | Evaluation | null;
  best: boolean;
}

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
  /** The next batch, as it is made ready. */
  #prepared: Promise<void> | null = null;
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
    const { model } = this.#trainer;
    try {
      this.#pace.check();
      const resumed = await this.#resume();
      this.#emit(runEvent(this.#trainer, this.#fit));
      if (resumed) {
        this.#emit(resumeEvent({ epoch: this.#epoch, batch: this.#batch }, this.#fit.epochs));
      }
      const batches = Math.ceil(this.#fit.train.length / this.#fit.batchSize);
      await this.#tell({ type: 'begin', epochs: this.#fit.epochs, batches, resumed });
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
      model.eval();
    }
  }

  async #runEpoch(): Promise<void> {
    const started = performance.now();
    const epoch = this.#epoch;
    await this.#tell({ type: 'epochBegin', epoch, epochs: this.#fit.epochs });
    const trained = await this.#trainEpoch();
    const { result, best } = await this.#validate(trained.loss);
    const predictions = result && 'predicted' in result ? result : null;
    const record: EpochRecord = {
      epoch,
      trainLoss: trained.loss,
      validationLoss: result?.loss ?? null,
      metrics: {
        ...trained.metrics,
        ...result?.metrics,
        ...(predictions && this.#fit.metrics?.(predictions.predicted, predictions.actual)),
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
    const { predicted = null, actual = null } = predictions ?? {};
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
    const { loss: formula, accumulation = 1 } = this.#trainer;
    const { train } = this.#fit;
    const indices = batches[this.#batch]!;
    const portion = portionOf(batches, this.#batch, { accumulation, reduction: formula.reduction });
    const at = { epoch: this.#epoch, batch: this.#batch + 1, batches: batches.length };
    await this.#prepare(indices, batches[this.#batch + 1]);
    await this.#tell({ type: 'batchBegin', ...at });
    if (portion.isLast) this.#rate = this.#trainer.optimizer.learningRate;
    const result = this.#step.run(() => train.batch(indices, at.epoch), portion);
    losses.add(result, indices.length);
    this.#batch += 1;
    if (portion.isLast && this.#trainer.schedulerInterval === 'step') this.#trainer.scheduler?.step();
    const told = { learningRate: this.#rate, loss: result.loss, gradientNorm: result.gradientNorm };
    await this.#tell({ type: 'batchEnd', ...at, ...told });
    if (this.#throttle.due()) {
      const loss = await losses.settle();
      const fraction = (at.epoch - 1 + at.batch / at.batches) / this.#fit.epochs;
      const gradient = losses.gradientNorm === null ? {} : { gradient_norm: losses.gradientNorm };
      const rate = { learning_rate: this.#rate, ...gradient };
      this.#emit({ type: 'batch', ...at, epochs: this.#fit.epochs, loss, ...rate, fraction });
    }
    const { everySteps = Number.POSITIVE_INFINITY } = this.#fit.checkpoints ?? {};
    const steps = this.#batch / accumulation;
    if (portion.isLast && steps % everySteps === 0 && this.#batch < batches.length) {
      await losses.settle();
      this.#sums = losses.sums;
      await this.#save(['last']);
    }
    await this.#pace.breathe();
  }

  /** Waits for a batch and starts to prepare the next. */
  async #prepare(indices: Uint32Array, next: Uint32Array | undefined): Promise<void> {
    const { train } = this.#fit;
    if (!train.prepare) return;
    await (this.#prepared ?? train.prepare(indices, this.#epoch));
    this.#prepared = next ? train.prepare(next, this.#epoch) : null;
    // Thrown where it is waited for, which an end of the training may leave out.
    this.#prepared?.catch(() => undefined);
  }

  /** Judges the epoch by the averaged weights where there are any, and keeps them if they are the best so far. */
  async #validate(trainLoss: number): Promise<Verdict> {
    const { model, loss, metrics, earlyStopping } = this.#trainer;
    const { validation, batchSize, signal } = this.#fit;
    // Who asks for no predictions does not wait for them either.
    const look = this.#fit.metrics || this.#fit.onEpochEnd ? evaluate : measure;
    const judge = async (): Promise<Verdict> => {
      const name = `in the validation of epoch ${this.#epoch}`;
      const options = { batchSize, signal, name, metrics };
      const result = validation ? await look(model, loss, validation, options) : null;
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
    const { seed = 0, accumulation = 1, earlyStopping } = this.#trainer;
    const { train, batchSize, shuffle = true } = this.#fit;
    const hasPatience = earlyStopping !== undefined;
    return { seed, samples: train.length, batchSize, accumulation, shuffle, earlyStopping: hasPatience };
  }

  async #save(names: ('last' | 'best')[]): Promise<void> {
    if (!this.#checkpointer) return;
    await this.#checkpointer.save(names, {
      setup: this.#setup,
      epoch: this.#epoch,
      batch: this.#batch,
      seconds: this.#seconds,
      order: this.#orderState,
      layers: this.#generators.layers.state,
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
    this.#earlierSeconds = progress.seconds;
    this.#sums = progress.losses;
    this.#watch.state = progress.watch;
    this.#orderState = progress.order;
    this.#generators.order.state = progress.order;
    this.#generators.layers.state = progress.layers;
    this.#records.push(...progress.epochs);
    return true;
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

  #tellEarlyStop(): void {
    if (this.#epoch > this.#fit.epochs) return;
    const { patience } = this.#trainer.earlyStopping!;
    const { bestEpoch } = this.#watch;
    this.#emit({ type: 'early_stop', epoch: this.#records.length, best_epoch: bestEpoch, patience });
  }
}
