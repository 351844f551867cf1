import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { ModelFileError } from '../error.ts';
import { readSafetensors, writeSafetensors } from '../model-file/safetensors.ts';
import type { TensorData } from '../nn/state.ts';
import type { EpochRecord } from '../trainer.ts';

const VERSION = '1';
const DAMAGED = 'is damaged; go back to another one or start anew';

const count = Type.Integer({ minimum: 0 });
const generator = Type.Object({ seed: count, offset: count });
/** JSON has no number that is not finite. */
const anyNumber = Type.Union([Type.Number(), Type.Null()]);

/** Where a training stands, beside its tensors. */
const progressSchema = Type.Object({
  /** What must be the same for the training to go on as if it had not been interrupted. */
  setup: Type.Object({
    seed: count,
    samples: count,
    batchSize: count,
    accumulation: count,
    shuffle: Type.Boolean(),
    earlyStopping: Type.Boolean(),
  }),
  /** The epoch that comes next or goes on, from 1. */
  epoch: count,
  /** Batches of that epoch that are done. */
  batch: count,
  seconds: Type.Number(),
  /** The generators: that of the order before it drew the one of this epoch, that of the layers as it is. */
  order: generator,
  layers: generator,
  optimizer: Type.Object({ learningRates: Type.Array(Type.Number()), steps: Type.Array(count) }),
  scheduler: Type.Union([Type.Record(Type.String(), anyNumber), Type.Null()]),
  /** Over the batches of this epoch that are done. */
  losses: Type.Object({ sum: Type.Number(), samples: count, batches: count }),
  watch: Type.Object({
    bestEpoch: count,
    bestLoss: anyNumber,
    reference: anyNumber,
    lastImprovement: count,
  }),
  epochs: Type.Array(
    Type.Object({
      epoch: count,
      trainLoss: Type.Number(),
      validationLoss: anyNumber,
      metrics: Type.Record(Type.String(), anyNumber),
      learningRate: Type.Number(),
      gradientNorm: anyNumber,
      seconds: Type.Number(),
      best: Type.Boolean(),
    }),
  ),
});

type SavedProgress = Static<typeof progressSchema>;

export type Progress = Omit<SavedProgress, 'epochs'> & { epochs: EpochRecord[] };

/** The tensors of a checkpoint by what they belong to. */
export const TENSOR_KINDS = ['model', 'optimizer', 'average', 'best'] as const;

export type CheckpointTensors = Record<(typeof TENSOR_KINDS)[number], Record<string, TensorData>>;

/** A checkpoint as one safetensors file, whose metadata hold the rest as JSON. */
export function writeCheckpoint(progress: Progress, tensors: CheckpointTensors): Uint8Array {
  const all = TENSOR_KINDS.flatMap((kind) =>
    Object.entries(tensors[kind]).map(([name, data]): [string, TensorData] => [`${kind}.${name}`, data]),
  );
  return writeSafetensors(Object.fromEntries(all), {
    checkpoint: VERSION,
    progress: JSON.stringify(progress),
  });
}

/** Throws ModelFileError for a file that is damaged, cut off, or no checkpoint of this version. */
export function readCheckpoint(bytes: Uint8Array): { progress: Progress; tensors: CheckpointTensors } {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.checkpoint !== VERSION) {
    throw new ModelFileError(
      `This is no checkpoint of version ${VERSION} (its version: ${metadata.checkpoint ?? 'none'}).`,
    );
  }
  const sorted: CheckpointTensors = { model: {}, optimizer: {}, average: {}, best: {} };
  for (const [path, data] of Object.entries(tensors)) {
    const kind = TENSOR_KINDS.find((each) => path.startsWith(`${each}.`));
    if (!kind)
      throw new ModelFileError(`The checkpoint ${DAMAGED}: the tensor "${path}" belongs to nothing.`);
    sorted[kind][path.slice(kind.length + 1)] = data;
  }
  return { progress: parseProgress(metadata.progress ?? ''), tensors: sorted };
}

/**
 * The weights of a checkpoint for `model.loadStateDict`, to predict with: averaged where the training averages them. Of
 * the checkpoint `best`, they are those of the best epoch. Throws ModelFileError for a damaged one.
 */
export function checkpointWeights(bytes: Uint8Array): Record<string, TensorData> {
  const { model, average } = readCheckpoint(bytes).tensors;
  return { ...model, ...average };
}

function parseProgress(text: string): Progress {
  let progress: unknown;
  try {
    progress = JSON.parse(text);
  } catch (cause) {
    throw new ModelFileError(`The checkpoint ${DAMAGED}: its progress is not JSON.`, { cause });
  }
  const [problem] = Value.Errors(progressSchema, progress);
  if (problem) {
    const path = problem.instancePath.slice(1).replaceAll('/', '.');
    throw new ModelFileError(`The checkpoint ${DAMAGED}: ${path || 'its progress'} ${problem.message}.`);
  }
  const saved = progress as SavedProgress;
  return { ...saved, epochs: saved.epochs.map(recordFrom) };
}

/** A record as it was before it became JSON, which has no NaN. */
function recordFrom({ metrics, ...record }: SavedProgress['epochs'][number]): EpochRecord {
  const numbers = Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]);
  return { ...record, metrics: Object.fromEntries(numbers) };
}
