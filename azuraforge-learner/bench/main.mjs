/**
 * Times the training steps of the examples, ours beside PyTorch's with the same weights, batches and number of threads:
 * `npm run bench`, after `npm run build` and `npm install --prefix examples`.
 *
 *     npm run bench -- [--only mnist,weather] [--threads 1,2] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { openWasmBackend, registerBackend, setDefaultDevice } from 'azuraforge-core';
import { race } from './race.mjs';
import { findPython } from './peer.mjs';
import { markdownReport } from './report.mjs';
import { examples } from './examples.mjs';

/** Progress; the report alone goes to the standard output. */
const say = (line) => console.error(line);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    threads: { type: 'string', default: [...new Set([1, availableParallelism()])].join(',') },
    json: { type: 'string' },
  },
});
const byName = new Map(examples.map((Example) => [new Example().id, Example]));
const names = values.only?.split(',') ?? [...byName.keys()];
const unknown = names.find((name) => !byName.has(name));
if (unknown !== undefined) {
  say(`There is no example "${unknown}"; there are ${[...byName.keys()].join(', ')}.`);
  process.exit(2);
}

const python = findPython();
if (python === null) {
  say('No python3 here can import torch. Install PyTorch (Debian: python3-torch) to compare with it.');
  process.exit(1);
}

const results = [];
for (const threads of values.threads.split(',').map(Number)) {
  const device = `wasm-${threads}`;
  registerBackend({ name: device, open: () => openWasmBackend(device, { threads }) });
  await setDefaultDevice(device);
  for (const name of names) {
    say(`${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'} …`);
    const result = { name, threads, ...(await race(byName.get(name), { threads, python })) };
    say(`  losses are equal (off by ${result.difference.toExponential(1)})`);
    results.push(result);
  }
}
console.log(markdownReport(results));
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
// Threads of a device would hold the process.
process.exit();
