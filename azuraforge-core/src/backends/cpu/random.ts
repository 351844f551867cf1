import type { RandomKernel } from '../../kernel.ts';
import { philox } from '../../random.ts';
import type { Program } from './buffer.ts';

const UNIT = 2 ** -24;

export function randomProgram({ distribution, size }: RandomKernel): Program {
  const words = new Uint32Array(4);
  const numbers = new Float64Array(4);
  return ([output], [keyLow, keyHigh, offsetLow, offsetHigh, p = 0]) => {
    const target = output!.float32;
    const survivor = 1 / (1 - p);
    for (let first = 0, block = offsetLow!; first < size; first += 4, block++) {
      philox(words, keyLow!, keyHigh!, block % 2 ** 32, offsetHigh! + Math.floor(block / 2 ** 32));
      for (let i = 0; i < 4; i++) numbers[i] = (words[i]! >>> 8) * UNIT;
      if (distribution === 'normal') {
        boxMuller(numbers, 0);
        boxMuller(numbers, 2);
      } else if (distribution === 'dropout') {
        for (let i = 0; i < 4; i++) numbers[i] = numbers[i]! < p ? 0 : survivor;
      }
      const count = Math.min(4, size - first);
      for (let i = 0; i < count; i++) target[first + i] = numbers[i]!;
    }
  };
}

/** Turns the uniform pair at `at` into a normal one. */
function boxMuller(numbers: Float64Array, at: number): void {
  const radius = Math.sqrt(-2 * Math.log(1 - numbers[at]!));
  const angle = 2 * Math.PI * numbers[at + 1]!;
  numbers[at] = radius * Math.cos(angle);
  numbers[at + 1] = radius * Math.sin(angle);
}
