import type { Generator } from 'azuraforge-core';
import { normal } from '../init.ts';
import type { Module } from '../module.ts';

const DEVIATION = 0.02;

/**
 * Draws the weights of a model with `layers` transformer layers as GPT-2's: normal with a deviation of 0.02, what adds to
 * the residual stream the smaller the more layers do. Biases and norms stay as they are.
 */
export function initializeTransformer(model: Module, layers: number, generator: Generator | undefined): void {
  for (const [name, parameter] of model.namedParameters()) {
    if (parameter.ndim < 2) continue;
    const adds = /(out_proj|linear2)\.weight$/.test(name);
    normal(parameter, { std: adds ? DEVIATION / Math.sqrt(2 * layers) : DEVIATION, generator });
  }
}
