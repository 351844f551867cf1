import { Check } from 'typebox/schema';
import type {
  AudioPrediction,
  ClassPrediction,
  Forecast,
  JsonSchema,
  Prediction,
  TextPrediction,
  ValuePrediction,
} from 'azuraforge-dbmodels/contract';

/** An answer together with what it turned out to be. */
export type KnownPrediction =
  | { kind: 'forecast'; prediction: Forecast }
  | { kind: 'classes'; prediction: ClassPrediction }
  | { kind: 'values'; prediction: ValuePrediction }
  | { kind: 'text'; prediction: TextPrediction }
  | { kind: 'audio'; prediction: AudioPrediction }
  | { kind: 'other'; prediction: Prediction };

const text = { type: 'string' };
const number = { type: 'number' };

function object(properties: JsonSchema): JsonSchema {
  return { type: 'object', required: Object.keys(properties), properties };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** What must be there for an answer to be drawn as one of these; the first that fits counts. */
const SHAPES: [Exclude<KnownPrediction['kind'], 'other'>, JsonSchema][] = [
  [
    'forecast',
    object({
      target: text,
      history: list(object({ label: text, value: number })),
      steps: list(object({ label: text, value: number, naive: number })),
    }),
  ],
  [
    'classes',
    object({
      target: text,
      classes: list(text),
      rows: list(object({ label: text, probabilities: list(number) })),
      naive: list(number),
    }),
  ],
  ['values', object({ target: text, rows: list(object({ value: number })), naive: number })],
  ['text', object({ prompt: text, text, tokens: number, cut_tokens: number, seed: number })],
  ['audio', object({ wav: text, sample_rate: number, samples: number, seed: number })],
];

/** What an answer is, by what it holds. */
export function knownPrediction(prediction: Prediction): KnownPrediction {
  const kind = SHAPES.find(([, schema]) => Check(schema, prediction))?.[0] ?? 'other';
  return { kind, prediction } as KnownPrediction;
}

/** The likeliest classes first, each with its share in the training data. */
export function rankedClasses(
  { classes, naive }: ClassPrediction,
  probabilities: number[],
): { name: string; probability: number; share: number }[] {
  return classes
    .map((name, index) => ({ name, probability: probabilities[index] ?? 0, share: naive[index] ?? 0 }))
    .toSorted((one, other) => other.probability - one.probability);
}
