import { highestClasses } from '../metric/confusion-matrix.ts';
import type { ClassPrediction, JsonSchema } from '../pipeline.ts';
import type { Values } from '../trainer/dataset.ts';

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

/** What a classifier answers for logits `[samples, classes]`. */
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
      probabilities: Array.from(probabilities.subarray(row * classes.length, (row + 1) * classes.length)),
    })),
    naive: [...task.naive],
  };
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
