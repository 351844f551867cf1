import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { ModelFileError } from '../error.ts';

const FORMAT = 'azuraforge-model';
const VERSION = 1;

const descriptionSchema = Type.Object({
  /** The pipeline that made the model, or any name that tells where it comes from. */
  pipelineId: Type.String(),
  /** What was done to the data before the model saw them (scalers, windows), for the pipeline that reads it. */
  preprocessing: Type.Record(Type.String(), Type.Unknown()),
  /** Names of the input columns, in the order in which the model takes them. */
  features: Type.Array(Type.String()),
  /** Library name → version that trained the model. */
  versions: Type.Record(Type.String(), Type.String()),
  /** Hash of the training data, e.g. `sha256:…`. */
  datasetHash: Type.String(),
  /** Seed of initial weights, shuffling and dropout. */
  seed: Type.Integer({ minimum: 0 }),
});

const fileSchema = Type.Object({
  format: Type.Literal(FORMAT),
  version: Type.Literal(VERSION),
  architecture: Type.Object({ type: Type.String() }),
  ...descriptionSchema.properties,
});

/** What model.json tells beside the architecture. All of it must be JSON. */
export type ModelDescription = Static<typeof descriptionSchema>;

type ModelJson = Static<typeof fileSchema>;

export function writeModelJson(
  architecture: ModelJson['architecture'],
  description: ModelDescription,
): Uint8Array {
  const content: ModelJson = { format: FORMAT, version: VERSION, architecture, ...description };
  const [problem] = Value.Errors(fileSchema, content);
  if (problem)
    throw new ModelFileError(`The model's description is incomplete: ${pathOf(problem)} ${problem.message}.`);
  return new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
}

/** Throws ModelFileError for a file that is damaged or was written by a newer version. */
export function readModelJson(bytes: Uint8Array): {
  architecture: ModelJson['architecture'];
  description: ModelDescription;
} {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ModelFileError('model.json is not JSON: it is damaged or cut off. Save or download it again.', {
      cause,
    });
  }
  checkVersion(content);
  const [problem] = Value.Errors(fileSchema, content);
  if (problem) throw new ModelFileError(`model.json is damaged: ${pathOf(problem)} ${problem.message}.`);
  const { format: _format, version: _version, architecture, ...description } = content as ModelJson;
  return { architecture, description };
}

function checkVersion(content: unknown): void {
  const { format, version } = (content ?? {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT) {
    throw new ModelFileError(`model.json is no AzuraForge model: its "format" is not "${FORMAT}".`);
  }
  if (version !== VERSION) {
    throw new ModelFileError(
      `model.json has the version ${JSON.stringify(version)}; this library reads version ${VERSION}. Update azuraforge-learner.`,
    );
  }
}

function pathOf(problem: { instancePath: string }): string {
  return problem.instancePath.slice(1).replaceAll('/', '.') || 'the file';
}
