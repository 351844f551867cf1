import { highestClasses } from '../metric/confusion-matrix.ts';
import type { ClassPrediction, JsonSchema } from '../pipeline.ts';
import type { Values } from '../trainer/dataset.ts';

/** What the rows of one answer may take; a worker hands on at most 8 MiB in one piece. */
const MAX_ANSWER_BYTES = 6 * 1024 ** 2;
/** Of a probability: as much as a float32 knows, and the sum stays 1 within 5e-6. */
const SIGNIFICANT_DIGITS = 6;
/** Of the longest probability (`0.00000123456`) with its comma. */
const SHARE_BYTES = 14;
/** Of a row beside its label and its probabilities, `cut_tokens` among them. */
const ROW_BYTES = 64;

/** The softmax of each row of logits `[samples, classes]`. */
export function probabilitiesOf({ data, shape }: Values): Float32Array {
  const classes = shape[1]!;
  const probabilities = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += classes) {
    const row = data.subarray(start, start + classes);
    const highest = row.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const powers = Array.from(row, (logit) => Math.exp(logit - highest));
    const sum = powers.reduce((total, power) => total + power, 0);
    probabilities.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return probabilities;
}

/** What a classifier answers for logits `[samples, classes]`; probabilities have six significant digits. */
export function classAnswer(
  logits: Values,
  task: Pick<ClassPrediction, 'pipeline_id' | 'target' | 'classes' | 'naive'>,
): ClassPrediction {
  const { classes } = task;
  const probabilities = probabilitiesOf(logits);
  const labels = highestClasses(probabilities, classes.length);
  return {
    pipeline_id: task.pipeline_id,
    target: task.target,
    classes: [...classes],
    rows: Array.from(labels, (label, row) => ({
      label: classes[label]!,
      probabilities: Array.from(
        probabilities.subarray(row * classes.length, (row + 1) * classes.length),
        (probability) => Number(probability.toPrecision(SIGNIFICANT_DIGITS)),
      ),
    })),
    naive: [...task.naive],
  };
}

/** How many rows can be asked at once, at most `limit`, so that the answer stays small enough to be handed on. */
export function answerableRows(classes: readonly string[], limit: number): number {
  const label = Math.max(...classes.map((name) => new TextEncoder().encode(JSON.stringify(name)).length));
  const rows = Math.floor(MAX_ANSWER_BYTES / (ROW_BYTES + label + classes.length * SHARE_BYTES));
  return Math.max(1, Math.min(limit, rows));
}

/** JSON Schema of a `ClassPrediction` among these classes. */
export function classSchema(classes: readonly string[]): JsonSchema {
  const shares = {
    type: 'array',
    minItems: classes.length,
    maxItems: classes.length,
    items: { type: 'number', minimum: 0, maximum: 1 },
  };
  return {
    type: 'object',
    required: ['pipeline_id', 'target', 'classes', 'rows', 'naive'],
    properties: {
      pipeline_id: { type: 'string' },
      target: { type: 'string' },
      classes: { const: [...classes] },
      rows: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['label', 'probabilities'],
          properties: {
            label: { enum: [...classes] },
            probabilities: shares,
            cut_tokens: { type: 'integer', minimum: 1 },
          },
        },
      },
      naive: shares,
    },
  };
}
