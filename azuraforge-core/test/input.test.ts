import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { fromTypedArray, ones, setDefaultDevice, tensor } from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

test.each([
  [[-1, -2]],
  [[-2, -1]],
  [[-1, 0.5]],
  [[-1, NaN]],
])('reshape refuses %j, whose lengths are no lengths', (shape) => {
  expect(() => ones([4]).reshape(shape)).toThrow(
    expect.objectContaining({ name: 'TensorError', op: 'reshape' }),
  );
});
