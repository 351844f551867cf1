// Times the work that the package is judged by: `npm run bench`, or `npm run bench -- --json results.json`.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  adamStep,
  createAdamState,
  devices,
  linear,
  lstm,
  manualSeed,
  mseLoss,
  rand,
  randn,
  tidy,
  zeroGrad,
} from '../dist/index.js';

const { values } = parseArgs({ options: { json: { type: 'string' } } });

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** Median milliseconds of one call; every call ends with a read, so that a device that queues its work is done. */
async function time(step, { warmUp, runs }) {
  const times = [];
  for (let i = 0; i < warmUp + runs; i++) {
    const start = performance.now();
    const result = tidy(step);
    await result.item();
    result.dispose();
    if (i >= warmUp) times.push(performance.now() - start);
  }
  return median(times);
}

function weight(...shape) {
  const made = tidy(() => rand(shape).sub(0.5).mul(0.2));
  made.requiresGrad = true;
  return made;
}

function lstmStep() {
  const [batch, steps, features, hidden] = [32, 60, 11, 100];
  const weights = {
    weightIh: weight(4 * hidden, features),
    weightHh: weight(4 * hidden, hidden),
    biasIh: weight(4 * hidden),
    biasHh: weight(4 * hidden),
  };
  const head = { weight: weight(1, hidden), bias: weight(1) };
  const parameters = [...Object.values(weights), ...Object.values(head)];
  const state = createAdamState(parameters);
  const [x, y] = [randn([batch, steps, features]), randn([batch, 1])];
  return () => {
    zeroGrad(parameters);
    const loss = mseLoss(linear(lstm(x, weights).hidden, head.weight, head.bias), y);
    loss.backward();
    adamStep(parameters, state, { lr: 0.001 });
    return loss.detach();
  };
}

function matmulStep(size) {
  const [a, b] = [randn([size, size]), randn([size, size])];
  return () => a.matmul(b).select(0, 0).select(0, 0);
}

manualSeed(1);
const size = 1024;
const work = [
  {
    name: 'LSTM training step, B 32, T 60, 11 features, hidden 100, Adam',
    milliseconds: await time(lstmStep(), { warmUp: 3, runs: 15 }),
  },
  { name: `matmul ${size}^3`, milliseconds: await time(matmulStep(size), { warmUp: 1, runs: 5 }) },
];
work[1].gigaflops = (2 * size ** 3) / work[1].milliseconds / 1e6;

const device = devices().find(({ isDefault }) => isDefault);
const machine = `${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
console.log(`azuraforge-core on ${device.name} (${device.adapter}), ${machine}`);
console.table(
  work.map(({ name, milliseconds, gigaflops }) => ({
    work: name,
    'ms (median)': Number(milliseconds.toFixed(1)),
    'GFLOP/s': gigaflops === undefined ? '' : Number(gigaflops.toFixed(2)),
  })),
);
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    `${JSON.stringify({ package: 'azuraforge-core', machine, device, work }, null, 2)}\n`,
  );
}
