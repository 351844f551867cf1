import { ModelFileError } from './error.ts';
import { buildModel } from './model-file/architecture.ts';
import { readModelJson, writeModelJson } from './model-file/model-json.ts';
import type { ModelDescription } from './model-file/model-json.ts';
import type { LayerTypes } from './model-file/layer-type.ts';
import { readSafetensors, writeSafetensors } from './model-file/safetensors.ts';
import { readState } from './nn/state.ts';
import type { Module } from './nn/module.ts';

export const WEIGHTS_FILE = 'model.safetensors';
export const DESCRIPTION_FILE = 'model.json';

/** The two files of a model, by name. */
export type SavedModel = {
  'model.safetensors': Uint8Array;
  'model.json': Uint8Array;
};

/** A model as two files that any reader of safetensors and JSON understands; nothing in them is ever run. */
export async function saveModel(model: Module, description: ModelDescription): Promise<SavedModel> {
  return {
    [WEIGHTS_FILE]: writeSafetensors(await readState(model.stateDict()), { format: 'pt' }),
    [DESCRIPTION_FILE]: writeModelJson(model.describe(), description),
  };
}

/**
 * Rebuilds a model in eval mode. Throws ModelFileError for files that are missing, damaged, of a newer version, with an
 * unknown layer, or that do not belong together.
 */
export function loadModel(
  files: Readonly<Record<string, Uint8Array>>,
  { layers }: { layers?: LayerTypes } = {},
): { model: Module; description: ModelDescription } {
  const { architecture, description } = readModelJson(fileOf(files, DESCRIPTION_FILE));
  const { tensors } = readSafetensors(fileOf(files, WEIGHTS_FILE));
  const maxWeights = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
  const model = buildModel(architecture, { layers, maxWeights });
  try {
    model.loadStateDict(tensors);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model: model.eval(), description };
}

function fileOf(files: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
  const file = files[name];
  if (!file)
    throw new ModelFileError(
      `The file ${name} is missing; a model is ${DESCRIPTION_FILE} and ${WEIGHTS_FILE}.`,
    );
  return file;
}
