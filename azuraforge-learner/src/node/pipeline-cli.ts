import { basename, join, relative } from 'node:path';
import process from 'node:process';
import type { DeviceChoice } from 'azuraforge-core';
import type { AnyPipeline, Placement, Prediction, TrainingResult } from '../pipeline.ts';
import type { Report, ScoresSection } from '../report.ts';
import { formatNumber } from '../report/number-text.ts';
import { helpText, readFlags, UsageError } from './cli-flags.ts';
import { requireFreeFolder, writeModelFolder } from './model-folder.ts';
import type { TextStream } from './progress-view.ts';
import { progressView } from './progress-view.ts';
import { textTable } from './text-table.ts';

export interface Terminal {
  stdout: TextStream;
  /** Gets the progress, so that the result alone can be redirected. */
  stderr: TextStream;
}

/** Exit code of a command that was stopped by Ctrl-C. */
const CANCELLED = 130;

/** A run that does not end by itself this long after Ctrl-C is ended by the next one. */
const PATIENCE_MS = 1000;

/**
 * Trains a pipeline from the command line, with a flag for every field of its configuration, on the device that
 * `AZURAFORGE_DEVICE` names (`auto` when unset), and writes the model folder. Resolves to the exit code: 0 done, 1 failed, 2 wrong flags, 130 stopped by Ctrl-C.
 */
export async function runPipelineCli<Config extends object>(
  pipeline: AnyPipeline<Config>,
  argv: readonly string[],
  terminal: Terminal = process,
): Promise<number> {
  const cancel = new AbortController();
  let stoppedAt = 0;
  const stop = (): void => {
    // npx passes on the Ctrl-C that the terminal has sent already; only a later one means that waiting is too long.
    if (cancel.signal.aborted && performance.now() - stoppedAt > PATIENCE_MS) process.exit(CANCELLED);
    stoppedAt ||= performance.now();
    cancel.abort();
  };
  const view = progressView(terminal.stderr);
  try {
    const call = readFlags(pipeline, argv);
    if (call.help) {
      terminal.stdout.write(helpText(pipeline, basename(process.argv[1] ?? pipeline.id)));
      return 0;
    }
    const directory = call.out ?? join('runs', `${pipeline.id}-${timestamp(new Date())}`);
    await requireFreeFolder(directory);
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const device = (process.env.AZURAFORGE_DEVICE || 'auto') as DeviceChoice;
    const result = await pipeline.train({
      config: call.config,
      signal: cancel.signal,
      onEvent: (event) => view.show(event),
      device,
    });
    await writeModelFolder(directory, result.files);
    const forecast = await forecastOf(pipeline, result, { device });
    terminal.stdout.write(outcome(result, forecast, directory));
    return 0;
  } catch (error) {
    view.close();
    if (cancel.signal.aborted) {
      terminal.stderr.write('Stopped. Nothing was written.\n');
      return CANCELLED;
    }
    terminal.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** What comes after the training data; null for a pipeline that does not forecast, which would need an input. */
async function forecastOf(
  pipeline: AnyPipeline,
  { files, inputSchema }: TrainingResult,
  placement: Placement,
): Promise<Prediction | null> {
  const { properties } = inputSchema as { properties?: Record<string, unknown> };
  if (!properties?.['steps']) return null;
  return (await pipeline.predict(files, {} as never, placement)) as Prediction;
}

function outcome({ report }: TrainingResult, forecast: Prediction | null, directory: string): string {
  return [
    '',
    ...scoresText(report),
    ...verdictText(report),
    ...(forecast ? [forecastText(forecast), ''] : []),
    `Written to ${relative('', directory) || directory}: model.safetensors, model.json, report.json`,
    '',
  ].join('\n');
}

function scoresText(report: Report): string[] {
  const scores = report.sections.find((section): section is ScoresSection => section.kind === 'scores');
  if (!scores) return [];
  const rows = scores.rows.map((row) => [
    english(row.title),
    ...scores.columns.map(({ key }) => numberText(row.values[key] ?? null)),
  ]);
  const head = scores.columns.map(({ key, unit }) => (unit ? `${key} (${unit})` : key));
  return [english(scores.title), textTable([['', ...head], ...rows]), ''];
}

function verdictText(report: Report): string[] {
  return report.sections.flatMap((section) =>
    section.kind === 'note' ? [`${english(section.title)}. ${english(section.text)}`, ''] : [],
  );
}

function forecastText(forecast: Prediction): string {
  const unit = forecast.unit ? ` (${forecast.unit})` : '';
  return textTable([
    [`Forecast of ${forecast.target}${unit}`, 'model', 'naive'],
    ...forecast.steps.map(({ label, value, naive }) => [label, numberText(value), numberText(naive)]),
  ]);
}

const english = (text: ScoresSection['title']): string => (typeof text === 'string' ? text : text.en);

const numberText = (value: number | null): string => (value === null ? '-' : formatNumber(value, 'en'));

/** `20261120-054512`, in UTC. */
function timestamp(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}
