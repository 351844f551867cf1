/**
 * Times the work that the package is judged by, ours beside each peer: `npm run bench`.
 *
 *     npm run bench -- [--only lstm,cnn,matmul] [--quick] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contest, FULL, QUICK } from './contest.mjs';
import { contestants } from './contestants.mjs';
import { describeMachine } from './machine.mjs';
import { findPython, installPeers } from './peers.mjs';
import { figuresOf, markdownReport } from './report.mjs';
import { measureSizes } from './size.mjs';
import { cnn } from './work/cnn.mjs';
import { lstm } from './work/lstm.mjs';
import { matmul } from './work/matmul.mjs';

const works = [lstm, cnn, matmul];

/** Progress; the report alone goes to the standard output. */
function say(line) {
  console.error(line);
}

function readOptions() {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'string' } },
  });
  const names = values.only?.split(',') ?? works.map(({ name }) => name);
  const wrong = names.find((name) => !works.some((work) => work.name === name));
  if (wrong !== undefined) {
    throw new Error(`there is no work '${wrong}', only ${works.map(({ name }) => name).join(', ')}`);
  }
  return {
    chosen: works.filter(({ name }) => names.includes(name)),
    plan: values.quick ? QUICK : FULL,
    json: values.json,
  };
}

function participantsOf(work, python) {
  return contestants.filter(
    ({ library, only }) => (only?.includes(work.name) ?? true) && (library !== 'pytorch' || python !== null),
  );
}

async function main({ chosen, plan, json }) {
  await installPeers(say);
  const python = findPython();
  const machine = describeMachine();
  machine.notes = python === null ? ['PyTorch is left out: python3 cannot import torch'] : [];
  for (const note of machine.notes) say(note);
  if (machine.loadAverage > 0.5) say(`The machine is busy: load average ${machine.loadAverage.toFixed(2)}.`);

  const folder = mkdtempSync(join(tmpdir(), 'azuraforge-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const outcomes = [];
  for (const work of chosen) {
    const { results, busy } = await contest(work, participantsOf(work, python), {
      folder,
      python,
      plan,
      say,
    });
    outcomes.push({ work, results, busy, figures: figuresOf(work, results) });
  }
  const sizes = await measureSizes();
  console.log(markdownReport(machine, outcomes, sizes));
  if (json === undefined) return;
  writeFileSync(
    json,
    `${JSON.stringify({ package: 'azuraforge-core', machine, plan, outcomes }, null, 2)}\n`,
  );
}

let options;
try {
  options = readOptions();
} catch (error) {
  say(error.message);
  process.exit(2);
}
await main(options);
