import { keep, zeroGrad, zeros } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError, ModelFileError } from '../error.ts';
import { assignState, readState } from '../nn/state.ts';
import type { TensorData } from '../nn/state.ts';

/** Parameters with settings of their own; what is left out is as for the whole optimizer. */
export interface ParameterGroup {
  parameters: readonly Tensor[];
  learningRate?: number;
  weightDecay?: number;
}

/** A group as the optimizer holds it. The learning rate may be changed between steps. */
export interface OptimizerGroup {
  readonly parameters: readonly Tensor[];
  learningRate: number;
  /** The rate that schedules start from. */
  readonly initialLearningRate: number;
  readonly weightDecay: number;
}

/** Where an optimizer stands, for checkpoints; fit for safetensors and JSON. */
export interface OptimizerState {
  /** One for each parameter group. */
  learningRates: number[];
  /** Steps taken so far for each parameter; empty where the formulas need none. */
  steps: number[];
  /** Its running averages, named `<number of the parameter>.<torch's name>`. */
  tensors: Record<string, TensorData>;
}

/** What an optimizer keeps beside each parameter of each group; the arrays are those that its steps use. */
export interface Slots {
  readonly groups: readonly (Tensor | null)[][];
  /** Whether a slot is filled by the first step that needs it. */
  readonly isLazy?: boolean;
}

/** Changes parameters by their gradients. */
export abstract class Optimizer {
  readonly groups: readonly OptimizerGroup[];
  /** All parameters, group after group. */
  readonly parameters: readonly Tensor[];

  /** Throws ArgumentError without parameters, or with one that takes no gradient or stands in two places. */
  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup[],
    { learningRate, weightDecay }: { learningRate: number; weightDecay: number },
  ) {
    const isPlain = (items: typeof parameters): items is readonly Tensor[] =>
      items.length > 0 && !('parameters' in items[0]!);
    const groups: readonly ParameterGroup[] = isPlain(parameters) ? [{ parameters }] : parameters;
    this.groups = groups.map((group) => {
      const rate = group.learningRate ?? learningRate;
      const decay = group.weightDecay ?? weightDecay;
      checkRange('learningRate', rate, { minimum: 0 });
      checkRange('weightDecay', decay, { minimum: 0 });
      return {
        parameters: [...group.parameters],
        learningRate: rate,
        initialLearningRate: rate,
        weightDecay: decay,
      };
    });
    this.parameters = this.groups.flatMap((group) => group.parameters);
    if (this.groups.length === 0 || this.groups.some((group) => group.parameters.length === 0)) {
      throw new ArgumentError('There is nothing to optimize; pass model.parameters().');
    }
    if (this.parameters.some(({ requiresGrad }) => !requiresGrad)) {
      throw new ArgumentError('A parameter has requiresGrad = false; leave it out or switch it on.');
    }
    if (new Set(this.parameters).size < this.parameters.length) {
      throw new ArgumentError('A parameter is given twice; each belongs to one group.');
    }
  }

  /** The rate of the first group. Setting it changes that of every group. */
  get learningRate(): number {
    return this.groups[0]!.learningRate;
  }

  set learningRate(rate: number) {
    checkRange('learningRate', rate, { minimum: 0 });
    for (const group of this.groups) group.learningRate = rate;
  }

  /** Changes every parameter that has a gradient, in place. */
  abstract step(): void;

  /** What the optimizer remembers, by torch's names. */
  protected abstract slots(): Readonly<Record<string, Slots>>;

  /** Steps taken so far for each parameter of each group; the arrays are those that its steps use. */
  protected counters(): readonly number[][] {
    return [];
  }

  zeroGrad(): void {
    zeroGrad(this.parameters);
  }

  async stateDict(): Promise<OptimizerState> {
    return {
      learningRates: this.groups.map(({ learningRate }) => learningRate),
      steps: this.counters().flat(),
      tensors: await readState(this.#named()),
    };
  }

  /**
   * Takes up a state that `stateDict` gave. Throws ModelFileError and changes nothing when it is of another optimizer or
   * of other parameters.
   */
  loadStateDict({ learningRates, steps, tensors }: OptimizerState): void {
    const counters = this.counters();
    this.#checkCounts(learningRates.length, steps.length, counters.flat().length);
    const named = this.#named();
    const lazy = this.#places().filter(({ isLazy }) => isLazy);
    const targets = { ...named };
    for (const { name } of lazy) if (!Object.hasOwn(tensors, name)) delete targets[name];
    const made = lazy.filter(({ name }) => !named[name] && Object.hasOwn(tensors, name));
    for (const { name, like } of made) targets[name] = keep(zeros(like.shape, { device: like.device }));
    try {
      assignState(targets, tensors);
    } catch (error) {
      for (const { name } of made) targets[name]!.dispose();
      throw error;
    }
    for (const { name, slots, at } of lazy) {
      if (!targets[name]) slots[at]?.dispose();
      slots[at] = targets[name] ?? null;
    }
    const counts = steps.values();
    for (const counter of counters) for (const at of counter.keys()) counter[at] = counts.next().value!;
    for (const [index, group] of this.groups.entries()) group.learningRate = learningRates[index]!;
  }

  /** Releases what the optimizer remembers; the parameters stay. */
  dispose(): void {
    for (const tensor of Object.values(this.#named())) tensor.dispose();
  }

  #checkCounts(rates: number, steps: number, ownSteps: number): void {
    const given = { groups: [rates, this.groups.length], parameters: [steps, ownSteps] };
    for (const [what, [saved, own]] of Object.entries(given)) {
      if (saved === own || (what === 'parameters' && own === 0)) continue;
      throw new ModelFileError(
        `The optimizer state is of ${saved} ${what}, this optimizer has ${own}. Use the state of this very model.`,
      );
    }
  }

  /** Every slot with its name, `<number of the parameter>.<torch's name>`, and the parameter beside it. */
  #places(): { name: string; slots: (Tensor | null)[]; at: number; like: Tensor; isLazy: boolean }[] {
    return Object.entries(this.slots()).flatMap(([kind, { groups, isLazy = false }]) => {
      let number = 0;
      return groups.flatMap((slots) =>
        slots.map((_, at) => {
          const like = this.parameters[number]!;
          return { name: `${number++}.${kind}`, slots, at, like, isLazy };
        }),
      );
    });
  }

  #named(): Record<string, Tensor> {
    return Object.fromEntries(
      this.#places().flatMap(({ name, slots, at }): [string, Tensor][] => {
        const tensor = slots[at];
        return tensor ? [[name, tensor]] : [];
      }),
    );
  }
}

/** What changes from step to step as functions, so that a captured step asks for it too. */
export function settingsOf(group: OptimizerGroup): { lr: () => number; weightDecay: number } {
  return { lr: () => group.learningRate, weightDecay: group.weightDecay };
}
