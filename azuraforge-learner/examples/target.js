// What the examples share: training with the defaults of a pipeline, and failing where the model misses its target.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { progressView } from '../dist/node.js';

/** Whether a module is the program that was started, and not one that another imports. */
export function isProgram(url) {
  return process.argv[1] === fileURLToPath(url);
}

/** The command line: another folder of data, fewer epochs, other targets. Numbers in `defaults` are the targets. */
export function readArguments({ data, ...targets }) {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: data },
      epochs: { type: 'string' },
      ...Object.fromEntries(
        Object.entries(targets).map(([name, value]) => [name, { type: 'string', default: String(value) }]),
      ),
    },
  });
  return {
    data: values.data,
    change: values.epochs ? { epochs: Number(values.epochs) } : {},
    target: Object.fromEntries(Object.keys(targets).map((name) => [name, Number(values[name])])),
  };
}

/** Trains with the defaults of the pipeline but for `change`, and shows the progress. */
export async function train(pipeline, change) {
  const view = progressView(process.stderr);
  const started = performance.now();
  const { report } = await pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: (event) => view.show(event),
    device: process.env.AZURAFORGE_DEVICE ?? 'wasm',
  });
  const { rows } = report.sections.find(({ id }) => id === 'scores');
  const { items } = report.sections.find(({ id }) => id === 'facts');
  return {
    report,
    seconds: (performance.now() - started) / 1000,
    testSamples: items.find(({ key }) => key === 'test').value,
    /** Of the model or of the naive answer. */
    score: (role, key) => rows.find((row) => row.role === role).values[key],
  };
}

/** Sets the exit code where the target was missed. */
export function settle(isReached, wanted) {
  if (isReached) return;
  console.error(`Missed: ${wanted} was wanted.`);
  process.exitCode = 1;
}

/** Trains a classifier and prints how good it is on the test part; it must also be better than any other in its report. */
export async function reachAccuracy(pipeline, change, target) {
  const { report, seconds, testSamples, score } = await train(pipeline, change);
  const accuracy = score('model', 'accuracy');
  const { rows } = report.sections.find(({ id }) => id === 'scores');
  const rivals = rows.filter(({ role }) => role === 'other');
  const compared = [
    `${percent(score('naive', 'accuracy'))} by the most common class`,
    ...rivals.map(({ title, values }) => `${percent(values.accuracy)} by ${title.en}`),
  ];
  console.log(
    `${pipeline.id}: ${percent(accuracy)} of ${testSamples} test samples are right (${compared.join(', ')}), after ${seconds.toFixed(0)} s`,
  );
  const isBest = rivals.every(({ values }) => accuracy > values.accuracy);
  const others = rivals.map(({ title }) => `, and more than by ${title.en},`).join('');
  settle(
    isBest && accuracy >= target.accuracy && seconds <= target.seconds,
    `at least ${percent(target.accuracy)}${others} within ${target.seconds} s`,
  );
}

export const percent = (share) => `${(100 * share).toFixed(2)} %`;
