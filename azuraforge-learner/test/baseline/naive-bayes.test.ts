import { expect, test } from '@jest/globals';
import { NaiveBayes } from '../../src/baseline/naive-bayes.ts';
import { ArgumentError, DataError } from '../../src/error.ts';
import { expectValuesClose } from '../close.ts';
import { readFixture } from '../fixture.ts';

const { bayes } = await readFixture<{
  bayes: {
    texts: number[][];
    labels: number[];
    vocabularySize: number;
    classes: number;
    alpha: number;
    asked: number[][];
    scores: number[][];
  };
}>('baselines');

test('scores classes as scikit-learn does', () => {
  const model = NaiveBayes.fit(bayes.texts, bayes.labels, bayes);
  for (const [index, tokens] of bayes.asked.entries()) {
    expectValuesClose(model.scores(tokens), bayes.scores[index]!, 'scores', 1e-12);
  }
  const likeliest = bayes.scores.map((scores) => scores.indexOf(Math.max(...scores)));
  expect([...model.predict(bayes.asked)]).toEqual(likeliest);
});

test('refuses what it cannot count', () => {
  const options = { vocabularySize: 3, classes: 2 };
  expect(() => NaiveBayes.fit([], [], options)).toThrow(ArgumentError);
  expect(() => NaiveBayes.fit([[0]], [0, 1], options)).toThrow(/1 texts and 2 labels/);
  expect(() => NaiveBayes.fit([[3]], [0], options)).toThrow(/Text 0 holds the token 3/);
  expect(() => NaiveBayes.fit([[0]], [2], options)).toThrow(DataError);
  expect(() => NaiveBayes.fit([[0]], [0], { ...options, alpha: 0 })).toThrow(ArgumentError);
});
