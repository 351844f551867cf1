import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/error.ts';
import type { FieldProblem } from '../../src/error.ts';
import { TidePipeline } from './tide-pipeline.ts';

const pipeline = new TidePipeline();

function problems(change: unknown): FieldProblem[] {
  try {
    pipeline.validateConfig(change);
  } catch (error) {
    if (error instanceof ConfigError) return error.details;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  test('a wrong field is found among any number of unknown ones', () => {
    for (const count of [1, 8, 60, 500]) {
      const unknown = Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, 1]));
      const found = problems({ ...pipeline.defaultConfig(), ...unknown, epochs: 0 });
      expect(found).toContainEqual({
        path: 'x0',
        message: 'There is no field "x0".',
        keyword: 'additionalProperties',
      });
      expect(found.filter(({ path }) => path === 'x0')).toHaveLength(1);
      expect(found.length).toBe(Math.min(count + 1, 200));
    }
  });

  test('defaults are valid, and another copy each time', () => {
    const config = pipeline.defaultConfig();
    expect(config).toMatchObject({ window: 10, horizon: 4, optimizer: 'adam', scale: 1, calm: false });
    config.window = 99;
    expect(pipeline.defaultConfig().window).toBe(10);
  });

  test('a valid configuration comes back as it is', () => {
    const config = { ...pipeline.defaultConfig(), epochs: 500, loss: 'huber' };
    expect(pipeline.validateConfig(config)).toEqual(config);
  });

  test.each<[Record<string, unknown>, FieldProblem]>([
    [
      { epochs: 0 },
      { path: 'epochs', message: 'Must be at least 1.', keyword: 'minimum', params: { limit: 1 } },
    ],
    [
      { epochs: 2.5 },
      { path: 'epochs', message: 'Must be a whole number.', keyword: 'type', params: { type: 'integer' } },
    ],
    [
      { dropout: 1 },
      { path: 'dropout', message: 'Must be at most 0.9.', keyword: 'maximum', params: { limit: 0.9 } },
    ],
    [
      { loss: 'mape' },
      {
        path: 'loss',
        message: 'Must be one of: mse, mae, huber.',
        keyword: 'enum',
        params: { allowed: ['mse', 'mae', 'huber'] },
      },
    ],
    [{ epoch: 3 }, { path: 'epoch', message: 'There is no field "epoch".', keyword: 'additionalProperties' }],
    [
      { learning_rate: Number.NaN },
      { path: 'learning_rate', message: 'Must be a number.', keyword: 'type', params: { type: 'number' } },
    ],
  ])('%j is refused with its path', (change, problem) => {
    expect(problems({ ...pipeline.defaultConfig(), ...change })).toEqual([problem]);
  });

  test('missing fields are named one by one', () => {
    const { seed: _seed, window: _window, ...rest } = pipeline.defaultConfig();
    expect(
      problems(rest)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['seed', 'window']);
    expect(problems('fast')).toEqual([
      {
        path: '',
        message: 'Must be an object with named fields.',
        keyword: 'type',
        params: { type: 'object' },
      },
    ]);
  });
});
