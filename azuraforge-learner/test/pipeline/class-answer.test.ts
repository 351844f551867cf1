import { expect, test } from '@jest/globals';
import { answerableRows, classAnswer } from '../../src/pipeline/class-answer.ts';

const classesOf = (count: number) => Array.from({ length: count }, (_, index) => `ç "${index}"`);

/** The answer for logits that give probabilities of every length. */
function answerFor(classes: string[], rows: number) {
  const data = Float32Array.from(
    { length: rows * classes.length },
    (_, index) => -13 - ((index * 7919) % 1009) / 1009,
  );
  for (let row = 0; row < rows; row += 1) data[row * classes.length + (row % classes.length)] = 0.3;
  const task = { pipeline_id: 'any', target: 'any', classes, naive: classes.map(() => 1 / classes.length) };
  return classAnswer({ data, shape: [rows, classes.length] }, task);
}

test('probabilities have six significant digits, and their sum is 1', () => {
  for (const { probabilities } of answerFor(classesOf(300), 5).rows) {
    for (const each of probabilities) expect(Number(each.toPrecision(6))).toBe(each);
    expect(Math.min(...probabilities)).toBeGreaterThan(0);
    expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 5);
  }
});

test.each([2, 42, 3000])(
  'the answer for all rows that %i classes allow fits a line of the worker',
  (count) => {
    const classes = classesOf(count);
    const rows = answerableRows(classes, 10_000);
    const [one, two] = [1, 2].map((some) => JSON.stringify(answerFor(classes, some)).length);
    expect((two! - one!) * rows).toBeLessThanOrEqual(6 * 1024 ** 2);
    expect(rows === 10_000).toBe(count === 2);
  },
);
