/** Entry of a child process: loads one pipeline, does one thing with it, answers, exits. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { Prediction } from 'azuraforge-dbmodels/contract';
import type { AnyPipeline as PipelineOf, Placement } from 'azuraforge-learner';
import { denialText } from './denial.ts';
import { requireFinite } from './finite.ts';
import { ChildOutbox } from './outbox.ts';
import {
  type AbortRequest,
  ANSWER_FD,
  type ChildAnswer,
  type ChildFailure,
  type ChildFailureCode,
  type ChildRequest,
  isFieldError,
  MODEL_FILES,
} from './protocol.ts';

type AnyPipeline = PipelineOf<Record<string, unknown>>;
type Request<Kind extends ChildRequest['kind']> = Extract<ChildRequest, { kind: Kind }>;

/** The worker has checked the name. */
const placement = { device: process.env.AZURAFORGE_DEVICE } as Placement;

const outbox = new ChildOutbox(ANSWER_FD);
const abort = new AbortController();

function failure(code: ChildFailureCode, error: unknown): ChildFailure {
  const details: unknown = error instanceof Error ? Reflect.get(error, 'details') : undefined;
  return {
    kind: 'failed',
    code,
    message: (
      denialText(error) ?? String(error instanceof Error ? error.message || error.name : error)
    ).slice(0, 4000),
    // Other libraries put other things there.
    ...(Array.isArray(details) && { details: details.filter(isFieldError).slice(0, 100) }),
    ...(error instanceof Error && error.stack && { stack: String(error.stack).slice(0, 10_000) }),
  };
}

async function load(request: ChildRequest): Promise<AnyPipeline> {
  const loaded: { default?: AnyPipeline } = await import(pathToFileURL(request.module).href);
  const pipeline = loaded.default;
  const methods = ['validateConfig', 'train', 'predict'] as const;
  if (!pipeline || methods.some((method) => typeof pipeline[method] !== 'function')) {
    throw new Error(`The module must default-export a pipeline, an object with ${methods.join(', ')}.`);
  }
  if (pipeline.id !== request.pipelineId) {
    throw new Error(
      `The module exports the pipeline "${pipeline.id}"; the manifest says "${request.pipelineId}".`,
    );
  }
  return pipeline;
}

async function train(pipeline: AnyPipeline, request: Request<'train'>): Promise<ChildAnswer> {
  let config: Record<string, unknown>;
  try {
    config = pipeline.validateConfig(request.config);
  } catch (error) {
    return failure('CONFIG', error);
  }
  try {
    const result = await pipeline.train({
      config,
      signal: abort.signal,
      onEvent: (event) => outbox.event(event),
      ...placement,
    });
    if (abort.signal.aborted) return { kind: 'cancelled' };
    for (const name of MODEL_FILES) {
      const bytes = result.files[name];
      if (!bytes) throw new Error(`The pipeline finished without the file ${name}.`);
      await writeFile(join(request.directory, name), bytes, { flag: 'wx' });
    }
    return { kind: 'trained', inputSchema: result.inputSchema };
  } catch (error) {
    return abort.signal.aborted ? { kind: 'cancelled' } : failure('PIPELINE', error);
  }
}

async function predict(pipeline: AnyPipeline, request: Request<'predict'>): Promise<ChildAnswer> {
  const files: Record<string, Uint8Array> = {};
  for (const name of MODEL_FILES) files[name] = await readFile(join(request.directory, name));
  try {
    // What it is asked and answers, only the pipeline knows; the worker checks what arrives from here.
    const prediction = await pipeline.predict(files, request.input as never, placement);
    requireFinite(prediction);
    return { kind: 'predicted', prediction: prediction as Prediction };
  } catch (error) {
    // By name: a plugin may bring a copy of azuraforge-learner of its own, with a class of its own.
    const wrongInput = error instanceof Error && error.name === 'PredictionInputError';
    return failure(wrongInput ? 'INPUT' : 'PIPELINE', error);
  }
}

async function serve(request: ChildRequest): Promise<ChildAnswer> {
  let pipeline: AnyPipeline;
  try {
    pipeline = await load(request);
  } catch (error) {
    return failure('LOAD', error);
  }
  if (request.kind === 'train') return train(pipeline, request);
  if (request.kind === 'predict') return predict(pipeline, request);
  return { kind: 'loaded' };
}

async function answer(message: ChildAnswer): Promise<never> {
  await outbox.end(message);
  process.exit(0);
}

let requested = false;
const crash = (error: unknown) => void answer(failure(requested ? 'PIPELINE' : 'LOAD', error));
process.on('uncaughtException', crash);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line) as ChildRequest | AbortRequest;
  if (message.kind === 'abort') {
    abort.abort(new DOMException('The run was cancelled.', 'AbortError'));
  } else if (!requested) {
    requested = true;
    serve(message).then(answer, crash);
  }
});
lines.on('close', () => process.exit(0));
