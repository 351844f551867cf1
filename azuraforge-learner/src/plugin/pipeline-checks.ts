import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { TrainingEvent } from '../event.ts';
import type { AnyPipeline, TrainingResult } from '../pipeline.ts';
import { checkEvents } from './event-rules.ts';
import { expect, expectError, PipelineContractError } from './expectation.ts';
import type { PluginManifest } from './manifest.ts';
import { readPluginManifest } from './manifest.ts';
import { checkBadPrediction, checkPrediction } from './prediction-rules.ts';
import { checkReport } from './report-rules.ts';
import { checkBadConfig, checkSchema, smallConfig } from './schema-rules.ts';

/** One rule of the contract; `run` rejects with PipelineContractError when it is broken. */
export interface PipelineCheck {
  name: string;
  run(): Promise<void>;
}

export interface PipelineCheckOptions {
  /** Changes to the small configuration that the checks train with. */
  config?: Record<string, unknown>;
}

/**
 * The contract that every pipeline keeps, as checks for any test runner:
 * `for (const check of await pipelineChecks(packageJsonUrl)) test(check.name, check.run)`.
 * `target` is a pipeline, or the place of a built plugin's package.json, whose manifest is then checked as well.
 */
export async function pipelineChecks(
  target: AnyPipeline | string | URL,
  options: PipelineCheckOptions = {},
): Promise<PipelineCheck[]> {
  if (typeof target === 'object' && !(target instanceof URL)) {
    return checksOf(target.id, async () => target, options);
  }
  const readable: PipelineCheck = {
    name: 'manifest is readable and names existing files',
    run: async () => {
      await readPluginManifest(target);
    },
  };
  const plugin = await readPluginManifest(target).catch((error: unknown) => {
    if (error instanceof PipelineContractError) return null;
    throw error;
  });
  if (!plugin) return [readable];
  return [
    readable,
    ...plugin.manifest.pipelines.flatMap((entry) => {
      const load = (): Promise<AnyPipeline> => loadPipeline(plugin.directory, entry);
      return [
        {
          name: `${entry.id}: schema file equals the schema in the code`,
          run: async () => checkSchemaFile(join(plugin.directory, entry.configSchema), await load()),
        },
        ...checksOf(entry.id, load, options),
      ];
    }),
  ];
}

/**
 * Runs all checks and resolves to their names. Rejects with PipelineContractError that lists every broken rule.
 */
export async function testPipeline(
  target: AnyPipeline | string | URL,
  options: PipelineCheckOptions = {},
): Promise<string[]> {
  const checks = await pipelineChecks(target, options);
  const broken: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      broken.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (broken.length > 0) {
    throw new PipelineContractError(
      `${broken.length} of ${checks.length} checks failed.\n${broken.join('\n')}`,
    );
  }
  return checks.map(({ name }) => name);
}

interface RecordedRun {
  events: TrainingEvent[];
  result: TrainingResult;
}

function checksOf(
  id: string,
  load: () => Promise<AnyPipeline>,
  options: PipelineCheckOptions,
): PipelineCheck[] {
  let trained: Promise<RecordedRun> | undefined;
  /** The checks share one run, made by whichever comes first. */
  const firstRun = async (): Promise<RecordedRun> => {
    trained ??= train(await load(), options);
    return trained;
  };
  const check = (name: string, run: () => Promise<void>): PipelineCheck => ({ name: `${id}: ${name}`, run });
  return [
    check('schema makes a form in both languages and its defaults are valid', async () =>
      checkSchema(await load()),
    ),
    check('wrong configuration is refused field by field', async () => checkBadConfig(await load())),
    check('training emits its events in order', async () => checkEvents((await firstRun()).events)),
    check('the same seed gives the same model', async () => {
      const first = await firstRun();
      checkSameModel(first, await train(await load(), options));
    }),
    check('cancelling ends the run', async () => checkCancel(await load(), options)),
    check('files load again and answer beside a baseline', async () =>
      checkPrediction(await load(), (await firstRun()).result),
    ),
    check('wrong input is refused with its path', async () =>
      checkBadPrediction(await load(), (await firstRun()).result),
    ),
    check('report is complete in both languages', async () =>
      checkReport((await firstRun()).result, await load()),
    ),
  ];
}

async function loadPipeline(
  directory: string,
  entry: PluginManifest['pipelines'][number],
): Promise<AnyPipeline> {
  const loaded: { default?: Partial<AnyPipeline> } = await import(
    pathToFileURL(join(directory, entry.module)).href
  );
  const pipeline = loaded.default;
  expect(
    typeof pipeline?.train === 'function' && typeof pipeline.predict === 'function',
    `${entry.module} must default-export an instance of a class that extends Pipeline.`,
  );
  expect(
    pipeline.id === entry.id,
    `${entry.module} exports the pipeline "${pipeline.id}", but the manifest calls it "${entry.id}".`,
  );
  return pipeline as AnyPipeline;
}

async function checkSchemaFile(file: string, pipeline: AnyPipeline): Promise<void> {
  const stored: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(
    isDeepStrictEqual(stored, JSON.parse(JSON.stringify(pipeline.configSchema))),
    `${file} is not the schema of the code. Write it in the build from pipeline.configSchema.`,
  );
}

async function train(pipeline: AnyPipeline, options: PipelineCheckOptions): Promise<RecordedRun> {
  const events: TrainingEvent[] = [];
  const result = await pipeline.train({
    config: { ...smallConfig(pipeline), ...options.config },
    signal: new AbortController().signal,
    onEvent: (event) => events.push(structuredClone(event)),
  });
  return { events, result };
}

function checkSameModel(first: RecordedRun, second: RecordedRun): void {
  expect(
    isDeepStrictEqual(first.result.files['model.safetensors'], second.result.files['model.safetensors']),
    'Two runs with the same configuration gave different weights. Draw all randomness from the seed.',
  );
  const losses = ({ events }: RecordedRun): number[] =>
    events.flatMap((event) => (event.type === 'epoch' ? [event.train_loss] : []));
  expect(
    isDeepStrictEqual(losses(first), losses(second)),
    'Two runs with the same configuration gave different losses. Draw all randomness from the seed.',
  );
}

async function checkCancel(pipeline: AnyPipeline, options: PipelineCheckOptions): Promise<void> {
  const config = { ...smallConfig(pipeline), ...options.config };
  const cancel = new AbortController();
  let lateEpochs = 0;
  await expectError('AbortError', 'Aborting the signal while training', () =>
    pipeline.train({
      config,
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.type === 'epoch' && cancel.signal.aborted) lateEpochs += 1;
        if (event.type === 'batch' || event.type === 'epoch') cancel.abort();
      },
    }),
  );
  expect(lateEpochs === 0, 'An aborted run went on to finish another epoch.');
  await expectError('AbortError', 'Training with a signal that is aborted already', () =>
    pipeline.train({ config, signal: AbortSignal.abort(), onEvent: () => undefined }),
  );
}
