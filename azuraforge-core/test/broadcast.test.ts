import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { fromTypedArray } from '../src/index.ts';

const lengths = fc.integer({ min: 0, max: 4 });

/** Two shapes that broadcast: parts of one common shape, with some lengths replaced by 1. */
const pairs = fc.array(lengths, { maxLength: 4 }).chain((shape) => {
  const part = fc
    .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
    .map(([drop, stretch]) => shape.map((length, axis) => (stretch[axis] ? 1 : length)).slice(drop));
  return fc.tuple(part, part);
});

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const fill = (shape: readonly number[], seed: number) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7 + seed) % 11) - 5);

/** Where an index of the result lies in an operand. */
function positionIn(own: readonly number[], index: readonly number[]): number {
  return own.reduce((position, length, axis) => position * length + (length === 1 ? 0 : index[axis]!), 0);
}

/** NumPy's rule, element by element. */
function broadcast(a: readonly number[], b: readonly number[]) {
  const rank = Math.max(a.length, b.length);
  const wide = (shape: readonly number[]) => [
    ...Array.from({ length: rank - shape.length }, () => 1),
    ...shape,
  ];
  const [wideA, wideB] = [wide(a), wide(b)];
  const shape = wideA.map((length, axis) => (length === 1 ? wideB[axis]! : length));
  const pairsOfPositions: [number, number][] = [];
  for (let flat = 0; flat < sizeOf(shape); flat++) {
    const index: number[] = [];
    for (let axis = rank - 1, rest = flat; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    pairsOfPositions.push([positionIn(wideA, index), positionIn(wideB, index)]);
  }
  return { shape, pairs: pairsOfPositions };
}

test('broadcasting follows NumPy for every pair of shapes that fit, forward and backward', async () => {
  await fc.assert(
    fc.asyncProperty(pairs, async ([a, b]) => {
      const [dataA, dataB] = [fill(a, 1), fill(b, 4)];
      using x = fromTypedArray(dataA, a, { requiresGrad: true });
      using y = fromTypedArray(dataB, b, { requiresGrad: true });
      using z = x.mul(y);
      const expected = broadcast(a, b);
      expect(z.shape).toEqual(expected.shape);
      expect([...(await z.data())]).toEqual(
        expected.pairs.map(([i, j]) => Math.fround(dataA[i]! * dataB[j]!)),
      );

      z.sum().backward();
      const [gradA, gradB] = [new Float32Array(dataA.length), new Float32Array(dataB.length)];
      for (const [i, j] of expected.pairs) {
        gradA[i]! += dataB[j]!;
        gradB[j]! += dataA[i]!;
      }
      expect(await x.grad!.data()).toEqual(gradA);
      expect(await y.grad!.data()).toEqual(gradB);
    }),
    { numRuns: 300 },
  );
});

test('shapes that differ in a length above one never broadcast', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (shape, pick) => {
        const axis = pick % shape.length;
        const other = shape.map((length, i) => (i === axis ? length + 1 : length));
        const [x, y] = [fromTypedArray(fill(shape, 0), shape), fromTypedArray(fill(other, 0), other)];
        expect(() => x.add(y)).toThrow(/broadcast/);
      },
    ),
  );
});

test('a chain of views reads the same elements as the same chain of copies', async () => {
  const steps = fc.array(
    fc.record({ kind: fc.constantFrom('transpose', 'flip', 'narrow', 'slice', 'flatten'), axis: fc.nat(2) }),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(fc.tuple(lengths, lengths, lengths), steps, async (shape, chain) => {
      let view = fromTypedArray(fill(shape, 2), shape);
      let copy = view;
      for (const { kind, axis } of chain) {
        const apply = (x: typeof view) => {
          const dim = axis % x.ndim;
          if (kind === 'transpose') return x.transpose(dim, 0);
          if (kind === 'flip') return x.flip(dim);
          if (kind === 'narrow')
            return x.narrow(dim, x.shape[dim]! > 1 ? 1 : 0, Math.max(0, x.shape[dim]! - 1));
          if (kind === 'slice') return x.slice(dim, 0, Infinity, 2);
          return x.reshape([x.size, 1, 1]);
        };
        view = apply(view);
        copy = apply(copy).clone();
      }
      expect(view.shape).toEqual(copy.shape);
      expect(await view.data()).toEqual(await copy.data());
    }),
    { numRuns: 300 },
  );
});

test('the sum over axes does not depend on their order in memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(lengths, lengths, lengths), fc.subarray([0, 1, 2]), async (shape, axes) => {
      const data = fill(shape, 3);
      const x = fromTypedArray(data, shape);
      const turned = x.permute([2, 0, 1]).clone().permute([1, 2, 0]);
      expect(await turned.sum(axes).data()).toEqual(await x.sum(axes).data());
    }),
  );
});
