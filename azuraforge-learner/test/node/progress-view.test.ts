import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { MSELoss } from '../../src/loss.ts';
import { progressView } from '../../src/node.ts';
import { Adam } from '../../src/optim/adam.ts';
import { Trainer } from '../../src/trainer.ts';
import { forecaster, sineWindows } from '../trainer/forecaster.ts';

it.each([
  [true, /█.*100% \| epoch 2\/2/],
  [false, /epoch 2\/2 {2}loss [\d.e-]+ {2}validation [\d.e-]+/],
])('shows any training; on a terminal: %s', async (isTTY, expected) => {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const view = progressView(Object.assign(stream, { isTTY, columns: 120 }));
  const model = forecaster();
  const trainer = new Trainer({ model, optimizer: new Adam(model.parameters()), loss: new MSELoss() });
  await trainer.fit({
    train: sineWindows(20),
    validation: sineWindows(10, 20),
    epochs: 2,
    batchSize: 10,
    onEvent: (event) => view.show(event),
  });
  view.close();
  expect(text).toContain('20 training, 10 validation and 0 test samples, on wasm');
  expect(text).toMatch(expected);
});
