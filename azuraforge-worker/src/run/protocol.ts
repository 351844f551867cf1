/**
 * What the worker and its child processes say to each other: one JSON document per line.
 * Requests go to the child's stdin; answers come from its file descriptor 3. A child whose stdin ends has lost its
 * worker and exits. The worker believes nothing: each line is bounded and checked before it is used.
 */
import type {
  FieldError,
  JsonSchema,
  Prediction,
  PredictionInput,
  TrainingEvent,
} from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** File descriptor on which a child answers. */
export const ANSWER_FD = 3;

/** Longest line that a child may send, in bytes. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** Longest line of a training event, in bytes: it becomes a row and a message to every reader. */
export const MAX_EVENT_BYTES = 256 * 1024;

/** The files of a trained model; nothing else may lie beside them. */
export const MODEL_FILES = ['model.safetensors', 'model.json', 'report.json'] as const;

interface PipelineAddress {
  /** Absolute path of the module whose default export is the pipeline. */
  module: string;
  pipelineId: string;
}

export type ChildRequest = PipelineAddress &
  (
    | { kind: 'probe' }
    | {
        kind: 'train';
        config: Record<string, unknown>;
        /** Absolute; the only writable folder. */ directory: string;
      }
    | { kind: 'predict'; input: PredictionInput; /** Absolute; holds the model files. */ directory: string }
  );

export interface AbortRequest {
  kind: 'abort';
}

/** `LOAD`: the module; `CONFIG`: the configuration; `INPUT`: the prediction input; `PIPELINE`: the pipeline's own code. */
export type ChildFailureCode = 'LOAD' | 'CONFIG' | 'INPUT' | 'PIPELINE';

export interface ChildFailure {
  kind: 'failed';
  code: ChildFailureCode;
  message: string;
  details?: FieldError[];
  /** For the log alone. */
  stack?: string;
}

export type ChildAnswer =
  | { kind: 'loaded' }
  | { kind: 'trained'; inputSchema: JsonSchema }
  | { kind: 'cancelled' }
  | { kind: 'predicted'; prediction: Prediction }
  | ChildFailure;

export type ChildMessage = { kind: 'event'; event: TrainingEvent } | ChildAnswer;

const count = Type.Integer({ minimum: 0 });
const fraction = Type.Number({ minimum: 0, maximum: 1 });
const text = Type.String({ maxLength: 20_000 });
const numbers = Type.Array(Type.Number(), { maxItems: 10_000 });

const eventSchema = Type.Union([
  Type.Object({
    type: Type.Literal('stage'),
    stage: Type.Enum(['loading', 'preparing', 'training', 'evaluating', 'saving']),
  }),
  Type.Object({
    type: Type.Literal('run'),
    epochs: count,
    batches_per_epoch: count,
    parameters: count,
    train_samples: count,
    validation_samples: count,
    test_samples: count,
    device: text,
    adapter: Type.Union([text, Type.Null()]),
    seed: Type.Number(),
  }),
  Type.Object({
    type: Type.Literal('batch'),
    epoch: count,
    epochs: count,
    batch: count,
    batches: count,
    loss: Type.Number(),
    learning_rate: Type.Optional(Type.Number()),
    gradient_norm: Type.Optional(Type.Number()),
    fraction,
  }),
  Type.Object({
    type: Type.Literal('epoch'),
    epoch: count,
    epochs: count,
    train_loss: Type.Number(),
    validation_loss: Type.Union([Type.Number(), Type.Null()]),
    metrics: Type.Record(Type.String(), Type.Number()),
    learning_rate: Type.Number(),
    gradient_norm: Type.Optional(Type.Number()),
    seconds: Type.Number(),
    best: Type.Boolean(),
    fraction,
  }),
  Type.Object({
    type: Type.Literal('preview'),
    epoch: count,
    target: text,
    unit: Type.Optional(text),
    labels: Type.Array(text, { maxItems: 10_000 }),
    actual: numbers,
    predicted: numbers,
  }),
  Type.Object({ type: Type.Literal('early_stop'), epoch: count, best_epoch: count, patience: count }),
  Type.Object({ type: Type.Literal('log'), level: Type.Enum(['info', 'warn', 'error']), message: text }),
]);

/** Pipelines of every kind answer here, so what else an answer holds is between them and who asks. */
const predictionSchema = Type.Object({ pipeline_id: text });

const fieldErrorSchema = Type.Object({
  path: text,
  message: text,
  keyword: Type.Optional(text),
  params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

const messageSchema = Type.Union([
  Type.Object({ kind: Type.Literal('event'), event: eventSchema }),
  Type.Object({ kind: Type.Literal('loaded') }),
  Type.Object({ kind: Type.Literal('trained'), inputSchema: Type.Record(Type.String(), Type.Unknown()) }),
  Type.Object({ kind: Type.Literal('cancelled') }),
  Type.Object({ kind: Type.Literal('predicted'), prediction: predictionSchema }),
  Type.Object({
    kind: Type.Literal('failed'),
    code: Type.Enum(['LOAD', 'CONFIG', 'INPUT', 'PIPELINE']),
    message: text,
    details: Type.Optional(Type.Array(fieldErrorSchema, { maxItems: 1000 })),
    stack: Type.Optional(text),
  }),
]);

const eventValidator = Compile(eventSchema);
const fieldErrorValidator = Compile(fieldErrorSchema);
const messageValidator = Compile(messageSchema);

/** True for what can be told beside a form field. */
export function isFieldError(value: unknown): value is FieldError {
  return fieldErrorValidator.Check(value);
}

/** A child said something that the protocol does not have; the message is for people. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/** Why an event of a pipeline cannot be stored, or null when it can. Numbers must be finite: JSON has no others. */
export function eventProblem(event: TrainingEvent): string | null {
  if (eventValidator.Check(event)) return null;
  const type = typeof event === 'object' && event !== null ? String(Reflect.get(event, 'type')) : 'unknown';
  // A union reports the errors of all its members; those of the event's own kind are the useful ones.
  const member = eventSchema.anyOf.find((one) => one.properties.type.const === type);
  if (!member) return `the event type "${type}" does not exist`;
  const [first] = Compile(member).Errors(event);
  return first ? `${first.instancePath.slice(1).replaceAll('/', '.')} ${first.message}` : 'it is malformed';
}

/** Parses and checks one line of a child. Throws ProtocolError. */
export function parseMessage(line: string): ChildMessage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ProtocolError('The pipeline wrote something that is not JSON to the channel of the worker.');
  }
  if (messageValidator.Check(value)) {
    if (value.kind === 'event' && Buffer.byteLength(line) > MAX_EVENT_BYTES) {
      throw new ProtocolError(
        `The pipeline sent an event of more than ${MAX_EVENT_BYTES / 1024} KiB; send less at once.`,
      );
    }
    return value;
  }
  const event = typeof value === 'object' && value !== null && 'event' in value ? value.event : undefined;
  const problem = event === undefined ? 'it is unknown or malformed' : eventProblem(event as TrainingEvent);
  throw new ProtocolError(`The pipeline sent a message that the worker cannot use: ${problem}.`);
}
