import type { Shape, Tensor } from 'azuraforge-core';
import { tidy } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

/**
 * A layer and what goes round it: inner(x) + x, or inner(x) + shortcut(x) where the inner layer changes the shape.
 * Its weights are named `inner.…` and `shortcut.…`.
 */
export class Residual extends Module {
  readonly inner: Module;
  readonly shortcut: Module | null;

  constructor(inner: Module, { shortcut = null }: { shortcut?: Module | null } = {}) {
    super();
    this.inner = inner;
    this.shortcut = shortcut;
  }

  override forward(input: Tensor): Tensor {
    return tidy(() => {
      const through = this.inner.forward(input);
      const round = this.shortcut?.forward(input) ?? input;
      if (through.shape.join() !== round.shape.join()) {
        throw new ArgumentError(
          `Residual adds what its inner layer gives, of the shape [${through.shape.join(', ')}], to [${round.shape.join(', ')}]; give it a shortcut that changes the shape too.`,
        );
      }
      return through.add(round);
    });
  }

  override flops(_input: Shape, output: Shape): number {
    return sizeOf(output);
  }

  override describe(): LayerDescription {
    return {
      type: 'Residual',
      inner: this.inner.describe(),
      shortcut: this.shortcut?.describe() ?? null,
    };
  }
}
