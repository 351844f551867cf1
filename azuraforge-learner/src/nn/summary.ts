import { noGrad, tidy, zeros } from 'azuraforge-core';
import type { DType, Tensor } from 'azuraforge-core';
import type { Module, Named } from './module.ts';

export interface LayerSummary {
  /** As in the names of its parameters; empty for the model itself. */
  name: string;
  /** The class of the layer. */
  type: string;
  /** Of its last call; null without an input shape, or where the model never calls its `forward`. */
  outputShape: readonly number[] | null;
  /** Weights of this layer alone, without those of the layers inside it. */
  parameters: number;
  /** Floating-point operations of this layer alone in one forward pass, a multiply-add as two; null as above. */
  flops: number | null;
}

export interface ModelSummary {
  /** Every layer but those that only hold others, in the order of the model. */
  layers: LayerSummary[];
  /** Weights that training changes, each once. */
  parameters: number;
  /** Of one forward pass; null without an input shape. */
  flops: number | null;
  /** A table for people. */
  toString(): string;
}

interface Calls {
  outputShape: readonly number[];
  flops: number;
}

/**
 * The layers of a model with their output shapes, parameters and FLOPs; `String(summary(model, [1, 28, 28]))` is a table.
 * `inputShape` is that of one batch with zeros, which the model is run on in eval mode; without it there are parameters
 * alone.
 */
export function summary(
  model: Module,
  inputShape?: readonly number[],
  { dtype = 'float32' }: { dtype?: DType } = {},
): ModelSummary {
  const modules = modulesOf(model);
  const calls = inputShape ? watchCalls(model, modules, () => zeros(inputShape, { dtype })) : null;
  const layers = modules
    .map(([name, module]): LayerSummary => {
      const { outputShape = null, flops = null } = calls?.get(module) ?? {};
      const parameters = module.ownParameterCount();
      return { name, type: module.describe().type, outputShape, parameters, flops };
    })
    .filter(({ parameters, flops }, at) => parameters > 0 || flops || !holdsOthers(modules[at]![1]));
  const flops = calls && layers.reduce((sum, layer) => sum + (layer.flops ?? 0), 0);
  const parameters = model.parameterCount();
  return { layers, parameters, flops, toString: () => table(layers, parameters, flops) };
}

/** The module itself and all inside it, each once, by their full names. */
export function modulesOf(model: Module): Named<Module>[] {
  const found = new Map<Module, string>();
  const visit = (module: Module, name: string): void => {
    if (found.has(module)) return;
    found.set(module, name);
    for (const [child, inside] of module.children()) visit(inside, name ? `${name}.${child}` : child);
  };
  visit(model, '');
  return [...found].map(([module, name]) => [name, module]);
}

function holdsOthers(module: Module): boolean {
  return module.children().length > 0;
}

/** Runs the model once and notes what each module was called with. */
function watchCalls(
  model: Module,
  modules: readonly Named<Module>[],
  makeInput: () => Tensor,
): Map<Module, Calls> {
  const calls = new Map<Module, Calls>();
  const { training } = model;
  for (const [, module] of modules) {
    const forward = module.forward.bind(module);
    module.forward = (input: Tensor, ...more: never[]): Tensor => {
      const output = forward(input, ...more);
      const earlier = calls.get(module)?.flops ?? 0;
      const { shape } = output;
      calls.set(module, { outputShape: shape, flops: earlier + module.flops(input.shape, shape) });
      return output;
    };
  }
  try {
    model.eval();
    tidy(() => void noGrad(() => model.forward(makeInput())));
  } finally {
    for (const [, module] of modules) Reflect.deleteProperty(module, 'forward');
    model.train(training);
  }
  return calls;
}

function numberText(value: number | null): string {
  return value?.toLocaleString('en') ?? '–';
}

function table(layers: readonly LayerSummary[], parameters: number, flops: number | null): string {
  const rows = [
    ['layer', 'type', 'output shape', 'parameters', 'FLOPs'],
    ...layers.map((layer) => [
      layer.name || '(model)',
      layer.type,
      layer.outputShape ? `[${layer.outputShape.join(', ')}]` : '–',
      numberText(layer.parameters),
      numberText(layer.flops),
    ]),
    ['total', '', '', numberText(parameters), numberText(flops)],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number): string =>
    column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
