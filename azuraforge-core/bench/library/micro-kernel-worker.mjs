// Another thread at the micro-kernel: it makes its tiles once for every message, and answers when they are made.
import { parentPort } from 'node:worker_threads';
import { makeTiles } from './micro-kernel.mjs';

const { step } = makeTiles();
parentPort.on('message', () => {
  step();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort.postMessage(null);
});
