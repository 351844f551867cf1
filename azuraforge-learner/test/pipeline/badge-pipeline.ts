import { Generator } from 'azuraforge-core';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import type { LabelledPairs } from '../../src/pipeline/labelled-pairs.ts';
import { multiModalProperties } from '../../src/pipeline/multi-modal-config.ts';
import { MultiModalPipeline } from '../../src/pipeline/multi-modal-pipeline.ts';

const SIDE = 6;

const configSchema = Type.Object(
  multiModalProperties({
    epochs: 16,
    channels: 4,
    blocks: 1,
    hidden_size: 16,
    batch_size: 32,
    dropout: 0,
    learning_rate: 0.02,
    tokenizer: 'character',
    text_length: 12,
    embedding_size: 8,
    text_size: 8,
    blank_share: 0.2,
  }),
  { title: 'Badges', description: 'Tells who wears a badge.', additionalProperties: false },
);

export type BadgeConfig = Static<typeof configSchema>;

const COLOURS = ['dark', 'light'];
const NAMES = ['anna', 'berk'];

/** Badges, dark or light, with a name on them: the class is both, so that neither half alone tells it. */
export function badges(count: number): LabelledPairs {
  const generator = new Generator(5);
  const draw = (end: number): number => Math.floor(generator.random() * end);
  const labels = Int32Array.from({ length: count }, (_, index) => index % 4);
  const size = SIDE * SIDE;
  const pixels = new Uint8Array(count * size);
  for (const [index, label] of labels.entries()) {
    const level = label < 2 ? 60 : 160;
    for (let place = 0; place < size; place += 1) pixels[index * size + place] = level + draw(40);
  }
  return {
    pixels,
    shape: [count, 1, SIDE, SIDE],
    texts: Array.from(labels, (label) => `${'a b c'.split(' ')[draw(3)]} ${NAMES[label % 2]}`),
    labels,
    classNames: COLOURS.flatMap((colour) => NAMES.map((name) => `${colour} ${name}`)),
  };
}

export class BadgePipeline extends MultiModalPipeline<BadgeConfig> {
  override readonly id: string = 'badges';
  override readonly configSchema = configSchema;
  readonly #pairs: LabelledPairs;

  constructor(pairs: LabelledPairs = badges(240)) {
    super();
    this.#pairs = pairs;
  }

  protected override loadPairs(): LabelledPairs {
    return this.#pairs;
  }
}
