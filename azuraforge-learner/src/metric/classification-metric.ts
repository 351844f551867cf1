import { DataError } from '../error.ts';
import type { Metric } from '../metric.ts';
import type { Values } from '../trainer/dataset.ts';
import type { ClassificationScores } from './classification.ts';
import { classificationScores } from './classification.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';
import { confusionMatrix, highestClasses } from './confusion-matrix.ts';

/**
 * A score of predicted classes as a metric of the trainer, by default the accuracy. Predictions are
 * `[samples, classes]` (logits or probabilities, the highest wins), targets `[samples]` class numbers.
 *
 *     new ClassificationMetric('macro_f1', (scores) => scores.macro.f1)
 */
export class ClassificationMetric implements Metric {
  readonly name: string;
  readonly #score: (scores: ClassificationScores) => number;
  #matrix: ConfusionMatrix | null = null;

  constructor(name = 'accuracy', score = (scores: ClassificationScores): number => scores.accuracy) {
    this.name = name;
    this.#score = score;
  }

  update(predicted: Values, actual: Values): void {
    const [samples, classes] = predicted.shape;
    if (predicted.shape.length !== 2 || actual.data.length !== samples) {
      throw new DataError(
        `${this.name} got predictions of shape [${predicted.shape.join(', ')}] for targets of shape [${actual.shape.join(', ')}]; it needs [samples, classes] and [samples].`,
      );
    }
    const batch = confusionMatrix(highestClasses(predicted.data, classes!), actual.data, classes!);
    const matrix = this.#matrix ?? batch;
    if (matrix.classes !== classes) {
      throw new DataError(
        `${this.name} got ${classes} classes after ${matrix.classes}; reset it between models.`,
      );
    }
    if (this.#matrix) for (const [cell, count] of batch.counts.entries()) matrix.counts[cell]! += count;
    this.#matrix = matrix;
  }

  compute(): number {
    return this.#matrix ? this.#score(classificationScores(this.#matrix)) : Number.NaN;
  }

  reset(): void {
    this.#matrix = null;
  }
}
