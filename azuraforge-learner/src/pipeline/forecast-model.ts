import type { Generator } from 'azuraforge-core';
import { zeros } from 'azuraforge-core';
import { Dropout } from '../nn/dropout.ts';
import { LastStep } from '../nn/last-step.ts';
import { Linear } from '../nn/linear.ts';
import { LSTM } from '../nn/lstm.ts';
import type { Module } from '../nn/module.ts';
import { Sequential } from '../nn/sequential.ts';
import type { TimeSeriesConfig } from './time-series-config.ts';

/**
 * `[batch, window, features]` → `[batch, horizon]`: an LSTM whose last state gives all steps ahead at once. The head starts
 * at 0, so that an untrained model gives the naive forecast.
 */
export function createForecastModel(
  features: number,
  config: TimeSeriesConfig,
  generator: Generator,
): Module {
  const { hidden_size: hiddenSize, num_layers: numLayers, dropout, horizon } = config;
  const head = new Linear(hiddenSize, horizon, { generator });
  for (const parameter of head.parameters()) {
    const zero = zeros(parameter.shape);
    parameter.assign(zero);
    zero.dispose();
  }
  return new Sequential({
    lstm: new LSTM(features, hiddenSize, {
      numLayers,
      dropout: numLayers > 1 ? dropout : 0,
      generator,
    }),
    last: new LastStep(),
    dropout: new Dropout(dropout),
    head,
  });
}
