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
import { figures, figureTable, machineLines, warnings, workTable } from './report.mjs';
import { cnn } from './work/cnn.mjs';
import { lstm } from './work/lstm.mjs';
import { matmul } from './work/matmul.mjs';

const works = [lstm, cnn, matmul];

/** Progress; the tables alone go to the standard output. */
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
    throw new Error(`There is no work "${wrong}". There are ${works.map(({ name }) => name).join(', ')}.`);
  }
  return {
    chosen: works.filter(({ name }) => names.includes(name)),
    plan: values.quick ? QUICK : FULL,
    json: values.json,
  };
}

const { chosen, plan, json } = readOptions();
await installPeers(say);
const python = findPython();
const notes =
  python === null ? ['- PyTorch is left out: python3 cannot import torch (Debian: python3-torch)'] : [];
for (const note of notes) say(note);
const machine = describeMachine();
if (machine.loadAverage > 0.5) {
  say(`The load average is ${machine.loadAverage.toFixed(2)}: times will suffer.`);
}

const folder = mkdtempSync(join(tmpdir(), 'azuraforge-bench-'));
const outcomes = [];
try {
  for (const work of chosen) {
    const those = contestants.filter(
      ({ library, works: only }) =>
        (only?.includes(work.name) ?? true) && (library !== 'pytorch' || python !== null),
    );
    outcomes.push({ work, ...(await contest(work, those, { folder, python, plan, say })) });
  }
} finally {
  rmSync(folder, { recursive: true });
}

const all = outcomes.flatMap(({ results }) => results);
const busy = outcomes.flatMap((outcome) => outcome.busy);
const reached = outcomes.flatMap(({ work, results }) => figures(work, results));
const lines = [
  '## azuraforge-core beside its peers',
  '',
  ...warnings(busy, all),
  '',
  ...machineLines(machine, busy, all),
  ...notes,
  '',
  ...outcomes.flatMap(({ work, results }) => [...workTable(work, results), '']),
  '### Figures to reach',
  '',
  ...figureTable(reached, contestants),
];
console.log(lines.join('\n'));
if (json !== undefined) {
  const report = {
    package: 'azuraforge-core',
    machine,
    busy,
    plan,
    works: outcomes.map(({ work, results }) => ({ name: work.name, title: work.title, results })),
    figures: reached,
  };
  writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
}
