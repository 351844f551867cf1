// What the examples share: training a classifier, and failing where it misses its target.
import { parseArgs } from 'node:util';
import { progressView } from '../dist/node.js';

/** The command line: another folder of data, fewer epochs, another target. */
export function readArguments({ data, accuracy, seconds }) {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: data },
      epochs: { type: 'string' },
      accuracy: { type: 'string', default: String(accuracy) },
      seconds: { type: 'string', default: String(seconds) },
    },
  });
  return {
    data: values.data,
    change: values.epochs ? { epochs: Number(values.epochs) } : {},
    target: { accuracy: Number(values.accuracy), seconds: Number(values.seconds) },
  };
}

/** Trains with the defaults of the pipeline, prints how good it is on the test part, and sets the exit code. */
export async function reachTarget(pipeline, change, target) {
  const view = progressView(process.stderr);
  const started = performance.now();
  const { report } = await pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: (event) => view.show(event),
    device: process.env.AZURAFORGE_DEVICE ?? 'wasm',
  });
  const seconds = (performance.now() - started) / 1000;
  const { rows } = report.sections.find(({ id }) => id === 'scores');
  const { items } = report.sections.find(({ id }) => id === 'facts');
  const samples = items.find(({ key }) => key === 'test').value;
  const accuracyOf = (role) => rows.find((row) => row.role === role).values.accuracy;
  const accuracy = accuracyOf('model');
  console.log(
    `${pipeline.id}: ${percent(accuracy)} of ${samples} test images are right (${percent(accuracyOf('naive'))} by the most common class), after ${seconds.toFixed(0)} s`,
  );
  if (accuracy >= target.accuracy && seconds <= target.seconds) return;
  console.error(`Missed: at least ${percent(target.accuracy)} within ${target.seconds} s was wanted.`);
  process.exitCode = 1;
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
