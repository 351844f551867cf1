import { Generator } from 'azuraforge-core';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import type { LabelledTexts } from '../../src/pipeline/labelled-texts.ts';
import { TextClassificationPipeline } from '../../src/pipeline/text-classification-pipeline.ts';
import { textProperties } from '../../src/pipeline/text-config.ts';

const configSchema = Type.Object(
  textProperties({
    epochs: 8,
    vocabulary_size: 300,
    window: 20,
    hidden_size: 16,
    num_layers: 1,
    num_heads: 2,
    dropout: 0,
    batch_size: 32,
    learning_rate: 0.02,
  }),
  { title: 'Reviews', description: 'Tells how a guest liked it.', additionalProperties: false },
);

export type ReviewConfig = Static<typeof configSchema>;

const THINGS = ['soup', 'bread', 'fish', 'tea', 'cake'];

/**
 * Reviews that like the first of two things and not the second, or the other way round: the same words in another order,
 * which counts of words cannot tell apart. Every fourth says nothing.
 */
export function reviews(count: number): LabelledTexts {
  const generator = new Generator(3);
  const pick = (): string => THINGS[Math.floor(generator.random() * THINGS.length)]!;
  const labels = Int32Array.from({ length: count }, (_, index) => [0, 0, 1, 2][index % 4]!);
  const texts = Array.from(labels, (label) => {
    const [one, other] = [pick(), pick()];
    return [
      `some good ${one} but then bad ${other}`,
      `some bad ${one} but then good ${other}`,
      `some ${one} and then ${other}`,
    ][label]!;
  });
  return { texts, labels, classNames: ['fell', 'rose', 'neither'] };
}

export class ReviewPipeline extends TextClassificationPipeline<ReviewConfig> {
  override readonly id: string = 'reviews';
  override readonly configSchema = configSchema;
  readonly #texts: LabelledTexts;

  constructor(texts: LabelledTexts = reviews(320)) {
    super();
    this.#texts = texts;
  }

  protected override loadTexts(): LabelledTexts {
    return this.#texts;
  }
}
