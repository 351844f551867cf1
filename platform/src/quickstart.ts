import type { Platform } from './platform.ts';
import { ApiClient } from './quickstart/api.ts';
import { followRun } from './quickstart/live.ts';
import { progressView } from './quickstart/progress.ts';
import { scoreLines, verdict } from './quickstart/scores.ts';

const PIPELINE = 'stock_predictor';

export interface QuickstartOptions {
  /** True for a moving progress bar, false for plain lines. */
  isTerminal: boolean;
  print(line: string): void;
  signal?: AbortSignal;
}

/**
 * Trains the stock predictor once, unless there is an experiment already, and shows the model's error beside the naive
 * forecast's.
 *
 * @throws Error when the run fails or the API refuses it.
 */
export async function quickstart(platform: Platform, options: QuickstartOptions): Promise<void> {
  const { print, signal } = options;
  // The address and not the name: `localhost` may mean the other protocol's loopback first.
  const apiUrl = platform.urls.api.replace('localhost', '127.0.0.1');
  const token = (): Promise<string> => platform.token();
  const api = new ApiClient(apiUrl, token, signal);
  if (await api.hasExperiments()) return;

  print(`\nTraining ${PIPELINE} once on its bundled data (skip this with --no-quickstart).`);
  const { experiment_id, task_id } = await api.createExperiment({
    pipeline_id: PIPELINE,
    name: 'Quickstart',
  });
  const address = `${platform.urls.dashboard}/experiments/${experiment_id}`;
  print(`Watch it live: ${address}`);
  const view = progressView(PIPELINE, options.isTerminal, print);
  const end = await followRun({
    apiUrl,
    taskId: task_id,
    token,
    signal,
    onEvent: ({ body }) => view.show(body),
  }).finally(() => view.end());
  if (end.status !== 'SUCCESS') {
    throw new Error(end.error?.message ?? `The run ended as ${end.status}.`);
  }
  const report = await api.report(experiment_id);
  print(
    `\nErrors on the same test window:\n${scoreLines(report)
      .map((line) => `  ${line}`)
      .join('\n')}`,
  );
  const conclusion = verdict(report);
  if (conclusion) print(`\n${conclusion}`);
  print(`\nReport: ${address}`);
}
