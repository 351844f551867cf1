// What the examples share: their command line, training, and failing where a target is missed.
import { parseArgs } from 'node:util';
import { progressView } from '../dist/node.js';

/** The command line: another folder of data, fewer epochs, another target; `target` holds that of the example. */
export function readArguments({ data, ...target }) {
  const numbers = Object.entries(target).map(([name, value]) => [
    name,
    { type: 'string', default: String(value) },
  ]);
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: data },
      epochs: { type: 'string' },
      ...Object.fromEntries(numbers),
    },
  });
  return {
    data: values.data,
    change: values.epochs ? { epochs: Number(values.epochs) } : {},
    target: Object.fromEntries(Object.keys(target).map((name) => [name, Number(values[name])])),
  };
}

/** Trains with the defaults of the pipeline. */
export async function trainExample(pipeline, change) {
  const view = progressView(process.stderr);
  const started = performance.now();
  const { report } = await pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: (event) => view.show(event),
    device: process.env.AZURAFORGE_DEVICE ?? 'wasm',
  });
  return { report, seconds: (performance.now() - started) / 1000 };
}

/** Trains a classifier, prints how good it is on the test part, and sets the exit code. */
export async function reachTarget(pipeline, change, target, samples = 'images') {
  const { report, seconds } = await trainExample(pipeline, change);
  const { rows } = report.sections.find(({ id }) => id === 'scores');
  const { items } = report.sections.find(({ id }) => id === 'facts');
  const count = items.find(({ key }) => key === 'test').value;
  const accuracyOf = (role) => rows.find((row) => row.role === role).values.accuracy;
  const accuracy = accuracyOf('model');
  const rivals = rows.filter(({ role }) => role === 'other');
  const others = [
    `${percent(accuracyOf('naive'))} by the most common class`,
    ...rivals.map(({ title, values }) => `${percent(values.accuracy)} by ${title.en}`),
  ];
  console.log(
    `${pipeline.id}: ${percent(accuracy)} of ${count} test ${samples} are right (${others.join(', ')}), after ${seconds.toFixed(0)} s`,
  );
  const isBest = rivals.every(({ values }) => accuracy > values.accuracy);
  if (isBest && accuracy >= target.accuracy && seconds <= target.seconds) return;
  console.error(
    `Missed: at least ${percent(target.accuracy)} within ${target.seconds} s was wanted${rivals.length > 0 ? ', and more than by the others' : ''}.`,
  );
  process.exitCode = 1;
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
