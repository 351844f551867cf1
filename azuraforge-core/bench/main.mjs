// Times the work that the package is judged by: `npm run bench`, or `npm run bench -- --json results.json`.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  adamStep,
  createAdamState,
  linear,
  lstm,
  manualSeed,
  mseLoss,
  rand,
  randn,
  setDefaultDevice,
  tidy,
  zeroGrad,
} from '../dist/index.js';
import { Machine, probeSimd } from '../dist/backends/wasm/machine.js';

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

/** GFLOP/s of the innermost loop of the wasm device's matrix product alone, over panels that stay in the cache. */
async function microKernelRate(isRelaxed) {
  const { heap, gemm } = new Machine(isRelaxed);
  const depth = 256;
  const [left, right, c] = [1, 2, 3].map(() => heap.allocate(16 * depth * 4));
  const rates = [];
  for (let run = 0; run < 6; run++) {
    const start = performance.now();
    let operations = 0;
    for (let i = 0; i < 20_000; i++) operations += gemm.multiplyTile(left, right, c, depth);
    // In the first two runs the engine is still making its optimized code.
    if (run >= 2) rates.push(operations / (performance.now() - start) / 1e6);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return median(rates);
}

const size = 1024;
const names = ['cpu', 'wasm'];
const work = [
  { name: 'LSTM training step, B 32, T 60, 11 features, hidden 100, Adam', make: lstmStep, runs: 15 },
  {
    name: `matmul ${size}^3`,
    make: () => matmulStep(size),
    runs: 5,
    gigaflops: (milliseconds) => (2 * size ** 3) / milliseconds / 1e6,
  },
];
const results = work.map(({ name }) => ({ work: name }));
const opened = [];
for (const name of names) {
  opened.push(await setDefaultDevice(name));
  for (const [i, { make, runs, gigaflops }] of work.entries()) {
    manualSeed(1);
    const milliseconds = await time(make(), { warmUp: 3, runs });
    results[i][name] = { milliseconds, gigaflops: gigaflops?.(milliseconds) ?? null };
  }
}
const microKernel = await microKernelRate(probeSimd().relaxed);

const machine = `${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
console.log(`azuraforge-core on ${machine}`);
for (const { name, adapter } of opened) console.log(`  ${name}: ${adapter}`);
console.table(
  results.map((result) => ({
    work: result.work,
    ...Object.fromEntries(names.map((name) => [`${name} ms`, Number(result[name].milliseconds.toFixed(1))])),
    'cpu / wasm': Number((result.cpu.milliseconds / result.wasm.milliseconds).toFixed(1)),
    'wasm GFLOP/s': result.wasm.gigaflops === null ? '' : Number(result.wasm.gigaflops.toFixed(1)),
  })),
);
const share = results[1].wasm.gigaflops / microKernel;
console.log(
  `The bare micro-kernel of wasm runs at ${microKernel.toFixed(1)} GFLOP/s; the product reaches ${(share * 100).toFixed(0)} % of it.`,
);
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    `${JSON.stringify({ package: 'azuraforge-core', machine, devices: opened, work: results, microKernel }, null, 2)}\n`,
  );
}
