import { keep } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
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

/**
 * Base of all layers and models. A subclass registers its own parameters with `registerParameter`; layers held in its
 * properties (or in arrays there) are found by themselves and give their names to the parameters inside them.
 */
export abstract class Module {
  /** True while training: Dropout drops, and so on. Set with `train()` and `eval()`. */
  training = true;
  readonly #parameters = new Map<string, Tensor>();

  abstract forward(input: Tensor): Tensor;

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
    const seen = new Set<Tensor>();
    return this.#allParameters().filter(([, parameter]) => {
      const first = !seen.has(parameter);
      seen.add(parameter);
      return first;
    });
  }

  parameters(): Tensor[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Number of weights that training changes. */
  parameterCount(): number {
    return this.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
  }

  /** The live parameters by torch's names; they stay this module's own. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.#allParameters());
  }

  /**
   * Overwrites every parameter with the values of the same name, from another model's `stateDict()` or from a file.
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

  /** Releases all parameters; the module cannot be used afterwards. */
  dispose(): void {
    for (const parameter of this.parameters()) parameter.dispose();
  }

  /** Makes a tensor a parameter of this module and returns it. */
  protected registerParameter(name: string, parameter: Tensor): Tensor {
    if (this.#parameters.has(name)) throw new ArgumentError(`The parameter "${name}" is registered twice.`);
    this.#parameters.set(name, parameter);
    return keep(parameter);
  }

  #allParameters(): Named<Tensor>[] {
    const inside = this.children().flatMap(([name, child]) =>
      child.#allParameters().map(([path, parameter]): Named<Tensor> => [`${name}.${path}`, parameter]),
    );
    return [...this.#parameters, ...inside];
  }
}
