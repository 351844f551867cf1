import { compile, fromTypedArray, noGrad, tidy, zeros } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import type { Embedding } from '../nn/embedding.ts';
import type { GRU } from '../nn/gru.ts';
import type { Module } from '../nn/module.ts';
import { Pace } from '../trainer/pace.ts';
import { checkSampling, drawToken, tokenProbabilities } from './next-token.ts';
import type { SamplingOptions } from './next-token.ts';

/** The parts of a model that hears codes one after the other and says which comes next. */
export interface CodeModel {
  embedding: Embedding;
  gru: GRU;
  /** `[batch, hidden]` → `[batch, codes]` logits. */
  head: Module;
}

export interface AudioOptions extends SamplingOptions {
  samples: number;
  /** Draws the codes: the same one, from the same state, gives the same codes. */
  generator: Generator;
  signal?: AbortSignal;
}

/** Codes of a prompt that are heard at once; of all at once a long one would take much memory. */
const HEARD = 4096;

interface Step {
  logits: Tensor;
  hidden: Tensor;
}

/**
 * The codes that follow `prompt`, drawn one after the other; the model must be in eval mode. Only the state of the GRU goes
 * from one code to the next, so that each costs the same. Throws ArgumentError for an empty prompt or an option out of range,
 * CancelledError when the signal is aborted.
 */
export async function generateCodes(
  model: CodeModel,
  prompt: Int32Array,
  { samples, generator, signal, ...sampling }: AudioOptions,
): Promise<Int32Array> {
  checkCount('samples', samples);
  checkSampling(sampling);
  if (prompt.length === 0) throw new ArgumentError('The prompt has no codes; give at least one.');
  const listen = (codes: Tensor, hidden: Tensor): Step =>
    tidy(() => noGrad(() => hear(model, codes, hidden)));
  const next = compile(listen);
  const made = new Int32Array(samples);
  const pace = new Pace(signal);
  let state = listenTo(listen, prompt.subarray(0, HEARD), startOf(model.gru));
  try {
    for (let from = HEARD; from < prompt.length; from += HEARD) {
      state.logits.dispose();
      state = listenTo(listen, prompt.subarray(from, from + HEARD), state.hidden);
      await pace.breathe();
    }
    for (let at = 0; at < samples; at += 1) {
      const logits = (await state.logits.data()) as Float32Array;
      const code = drawToken(tokenProbabilities(logits, sampling), generator);
      made[at] = code;
      const before = state;
      state = listenTo(next, Int32Array.of(code), before.hidden);
      before.logits.dispose();
      await pace.breathe();
    }
    return made;
  } finally {
    state.logits.dispose();
    state.hidden.dispose();
    next.dispose();
  }
}

function hear({ embedding, gru, head }: CodeModel, codes: Tensor, hidden: Tensor): Step {
  const result = gru.forwardWithState(embedding.forward(codes), { hidden });
  return { logits: head.forward(result.output.select(1, -1)), hidden: result.hidden };
}

/** Goes on from a state, which it disposes. */
function listenTo(step: (codes: Tensor, hidden: Tensor) => Step, codes: Int32Array, hidden: Tensor): Step {
  const input = fromTypedArray(codes, [1, codes.length]);
  try {
    return step(input, hidden);
  } finally {
    input.dispose();
    hidden.dispose();
  }
}

function startOf({ numLayers, hiddenSize }: GRU): Tensor {
  return zeros([numLayers, 1, hiddenSize]);
}
