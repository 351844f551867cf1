import { concat, dropout as drop, stack } from 'azuraforge-core';
import type { Generator, Shape, Tensor } from 'azuraforge-core';
import { checkCount, checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { uniformParameters } from './initial.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import { SequenceLengths } from './recurrent/lengths.ts';
import type { Lengths } from './recurrent/lengths.ts';
import type { CellWeights, Scan, ScanBatch } from './recurrent/scan.ts';

export interface RecurrentOptions {
  /** Layers on top of each other. Default 1. */
  numLayers?: number;
  /** Default true. */
  bias?: boolean;
  /** Dropout on the outputs of every layer but the last, while training. Default 0. */
  dropout?: number;
  /** A second set of weights reads each sequence from its end; its outputs are put behind the first's. Default false. */
  bidirectional?: boolean;
  /** Draws the initial weights and the dropout. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

export interface SequenceOptions {
  /**
   * How many steps of each padded sequence count: a list of batch numbers from 1 up, or int32 [batch], which a captured
   * step can be given anew (its values are not checked). Outputs beyond are 0, and last states are those of each
   * sequence's own last step, as with torch's packed sequences. Default: all.
   */
  lengths?: Lengths;
}

interface Kind {
  name: string;
  gates: number;
  states: readonly string[];
  scan: ScanBatch;
}

/** What RNN, LSTM and GRU share: stacked layers in one or both directions over padded sequences. */
export abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly #kind: Kind;
  /** By layer, then by direction. */
  readonly #weights: CellWeights[][];
  #generator: Generator | undefined;

  constructor(kind: Kind, inputSize: number, hiddenSize: number, options: RecurrentOptions) {
    super();
    const { numLayers = 1, bias = true, dropout = 0, bidirectional = false, generator } = options;
    checkCount(`${kind.name}: inputSize`, inputSize);
    checkCount(`${kind.name}: hiddenSize`, hiddenSize);
    checkCount(`${kind.name}: numLayers`, numLayers);
    checkRange(`${kind.name}: dropout`, dropout, { minimum: 0, below: 1 });
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    this.#kind = kind;
    this.#generator = generator;
    const draw = uniformParameters(1 / Math.sqrt(hiddenSize), generator);
    const rows = kind.gates * hiddenSize;
    this.#weights = Array.from({ length: numLayers }, (_, layer) =>
      ['', '_reverse'].slice(0, this.directions).map((suffix) => {
        const parameter = (name: string, shape: number[]): Tensor =>
          this.registerParameter(`${name}_l${layer}${suffix}`, draw(shape));
        return {
          weightIh: parameter('weight_ih', [rows, layer === 0 ? inputSize : hiddenSize * this.directions]),
          weightHh: parameter('weight_hh', [rows, hiddenSize]),
          biasIh: bias ? parameter('bias_ih', [rows]) : null,
          biasHh: bias ? parameter('bias_hh', [rows]) : null,
        };
      }),
    );
  }

  override useGenerator(generator: Generator): void {
    this.#generator = generator;
  }

  /** The matrix products of all steps, and the biases. */
  override flops([batch = 0, steps = 0]: Shape): number {
    const perStep = this.#weights.flat().reduce((sum, { weightIh, weightHh, biasIh, biasHh }) => {
      return sum + 2 * (weightIh.size + weightHh.size) + (biasIh?.size ?? 0) + (biasHh?.size ?? 0);
    }, 0);
    return batch * steps * perStep;
  }

  protected get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  protected describeOptions(): Record<string, unknown> {
    const { inputSize, hiddenSize, numLayers, bias, dropout, bidirectional } = this;
    return { inputSize, hiddenSize, numLayers, bias, dropout, bidirectional };
  }

  /** All layers. `start` and the returned states are [numLayers · directions, batch, hidden], as in torch. */
  protected scanLayers(
    input: Tensor,
    start: readonly (Tensor | undefined)[],
    options: SequenceOptions,
  ): Scan {
    const { name, states: stateNames } = this.#kind;
    this.#check(input, start);
    const lengths = options.lengths === undefined ? null : new SequenceLengths(name, options.lengths, input);
    const given = start.filter((state) => state !== undefined);
    const states: Tensor[][] = stateNames.map(() => []);
    let sequence = lengths?.zeroBeyond(input) ?? input;
    for (const [layer, directions] of this.#weights.entries()) {
      if (layer > 0 && this.training && this.dropout > 0) {
        sequence = drop(sequence, this.dropout, { generator: this.#generator });
      }
      const outputs = directions.map((weights, direction) => {
        const at = layer * this.directions + direction;
        const own = given.length === 0 ? null : given.map((state) => state.select(0, at));
        const turn = (values: Tensor): Tensor =>
          direction === 0 ? values : (lengths?.reverse(values) ?? values.flip([1]));
        const scan = this.#kind.scan(turn(sequence), weights, own, lengths);
        for (const [index, state] of scan.states.entries()) states[index]!.push(state);
        return turn(scan.output);
      });
      const joined = outputs.length === 1 ? outputs[0]! : concat(outputs, 2);
      sequence = lengths?.zeroBeyond(joined) ?? joined;
    }
    return { output: sequence, states: states.map((each) => stack(each, 0)) };
  }

  #check(input: Tensor, start: readonly (Tensor | undefined)[]): void {
    const { name, states } = this.#kind;
    checkInput(name, input, {
      takes: `[batch, time, ${this.inputSize}] with at least one step`,
      fits: input.ndim === 3 && input.shape[2] === this.inputSize && input.shape[1] !== 0,
    });
    const given = start.filter((state) => state !== undefined);
    if (given.length !== 0 && given.length !== states.length) {
      throw new ArgumentError(`${name} takes ${states.join(' and ')} together; give all or none.`);
    }
    const shape = [this.numLayers * this.directions, input.shape[0]!, this.hiddenSize];
    for (const [index, state] of given.entries()) {
      checkInput(`${name}: ${states[index]}`, state, {
        takes: `[${shape.join(', ')}]`,
        fits: state.shape.join() === shape.join(),
      });
    }
  }
}
