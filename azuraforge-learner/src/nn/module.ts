import { keep } from 'azuraforge-core';
import type { Generator, Shape, Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { assignState } from './state.ts';
import type { TensorData } from './state.ts';

/** A layer as data: its type and the options that rebuild it. All values are JSON. */
export interface LayerDescription {
  type: string;
  [option: string]: unknown;
}

/** A parameter or a child with its full name, torch's way: `lstm.weight_ih_l0`. */
export type Named<Value> = [name: string, value: Value];

/** Tensors of one module that is not looked into. */
interface OwnTensors {
  readonly parameters: Map<string, Tensor>;
  readonly buffers: Map<string, Tensor>;
}

/**
 * Base of all layers and models. A subclass registers its own parameters with `registerParameter` and what it learns
 * without a gradient with `registerBuffer`; layers held in its properties (or in arrays there) are found by themselves
 * and give their names to the tensors inside them.
 */
export abstract class Module {
  /** True while training: Dropout drops, and so on. Set with `train()` and `eval()`. */
  training = true;
  readonly #own: OwnTensors = { parameters: new Map(), buffers: new Map() };

  /** A layer of several inputs has more parameters; what stands after the inputs are options. */
  abstract forward(input: Tensor, ...more: never[]): Tensor;

  /** The layer as data for model.json. */
  abstract describe(): LayerDescription;

  /** Layers directly inside this one. */
  children(): Named<Module>[] {
    return Object.entries(this).flatMap(([name, value]: [string, unknown]): Named<Module>[] => {
      if (value instanceof Module) return [[name, value]];
      if (!Array.isArray(value)) return [];
      return value.flatMap((item: unknown, index): Named<Module>[] =>
        item instanceof Module ? [[`${name}.${index}`, item]] : [],
      );
    });
  }

  /** Every parameter of this module and of those inside it, each once, in torch's order. */
  namedParameters(): Named<Tensor>[] {
    return eachOnce(this.#collect(({ parameters }) => [...parameters]));
  }

  parameters(): Tensor[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Every buffer of this module and of those inside it, each once: tensors that are saved but take no gradient. */
  namedBuffers(): Named<Tensor>[] {
    return eachOnce(this.#collect(({ buffers }) => [...buffers]));
  }

  /** Number of weights that training changes. */
  parameterCount(): number {
    return this.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
  }

  /** Number of weights of this module alone, without those of the modules inside it. */
  ownParameterCount(): number {
    return [...this.#own.parameters.values()].reduce((sum, parameter) => sum + parameter.size, 0);
  }

  /**
   * Floating-point operations that this module itself, without those inside it, needs for one forward pass in eval mode
   * from the shapes of its input and output: a multiply-add counts as two, a function such as exp as one.
   */
  flops(_input: Shape, _output: Shape): number {
    return 0;
  }

  /** The live parameters and buffers by torch's names; they stay this module's own. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.#collect(({ parameters, buffers }) => [...parameters, ...buffers]));
  }

  /**
   * Overwrites every parameter and buffer with the values of the same name, from another model's `stateDict()` or from a file.
   * Throws ModelFileError and changes nothing when a name is missing or unknown, or a shape differs.
   */
  loadStateDict(state: Readonly<Record<string, Tensor | TensorData>>): void {
    assignState(this.stateDict(), state);
  }

  train(mode = true): this {
    this.training = mode;
    for (const [, child] of this.children()) child.train(mode);
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Makes every random layer inside (Dropout) draw from `generator`. */
  useGenerator(generator: Generator): void {
    for (const [, child] of this.children()) child.useGenerator(generator);
  }

  /** Releases all parameters and buffers; the module cannot be used afterwards. */
  dispose(): void {
    for (const tensor of Object.values(this.stateDict())) tensor.dispose();
  }

  /** Makes a tensor a parameter of this module and returns it. */
  protected registerParameter(name: string, parameter: Tensor): Tensor {
    return this.#register(this.#own.parameters, 'parameter', name, parameter);
  }

  /**
   * Makes a tensor part of the state of this module, to be saved and loaded with it, and returns it. Change it with
   * `assign`, so that captured steps change it too.
   */
  protected registerBuffer(name: string, buffer: Tensor): Tensor {
    return this.#register(this.#own.buffers, 'buffer', name, buffer);
  }

  #register(kind: Map<string, Tensor>, kindName: string, name: string, tensor: Tensor): Tensor {
    if (this.#own.parameters.has(name) || this.#own.buffers.has(name)) {
      throw new ArgumentError(`The ${kindName} "${name}" is registered twice.`);
    }
    kind.set(name, tensor);
    return keep(tensor);
  }

  #collect(pick: (own: OwnTensors) => Named<Tensor>[]): Named<Tensor>[] {
    const inside = this.children().flatMap(([name, child]) =>
      child.#collect(pick).map(([path, tensor]): Named<Tensor> => [`${name}.${path}`, tensor]),
    );
    return [...pick(this.#own), ...inside];
  }
}

function eachOnce(tensors: Named<Tensor>[]): Named<Tensor>[] {
  const seen = new Set<Tensor>();
  return tensors.filter(([, tensor]) => {
    const first = !seen.has(tensor);
    seen.add(tensor);
    return first;
  });
}
