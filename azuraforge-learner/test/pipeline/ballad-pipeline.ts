import { Generator } from 'azuraforge-core';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { generationProperties } from '../../src/pipeline/generation-config.ts';
import { TextGenerationPipeline } from '../../src/pipeline/text-generation-pipeline.ts';

const configSchema = Type.Object(
  generationProperties({
    epochs: 6,
    vocabulary_size: 300,
    window: 24,
    hidden_size: 32,
    num_layers: 1,
    num_heads: 2,
    batch_size: 16,
    learning_rate: 0.02,
    validation_fraction: 0.15,
    test_fraction: 0.15,
  }),
  { title: 'Ballad', description: 'Writes verses of a kind.', additionalProperties: false },
);

export type BalladConfig = Static<typeof configSchema>;

const NAMES = ['Ayşe', 'Bora', 'Cem', 'Deniz', 'Ece', 'Filiz'];
const PLACES = ['the harbour', 'the old mill', 'the market', 'the long bridge'];

/**
 * Verses whose second line names again who was named far before, which two tokens of context cannot know.
 */
export function ballad(verses: number): string {
  const generator = new Generator(7);
  const pick = (list: readonly string[]): string => list[Math.floor(generator.random() * list.length)]!;
  return Array.from({ length: verses }, () => {
    const [name, place] = [pick(NAMES), pick(PLACES)];
    return `${name} walked to ${place} at dawn,\nand home from ${place} came ${name}.\n`;
  }).join('');
}

export class BalladPipeline extends TextGenerationPipeline<BalladConfig> {
  override readonly id: string = 'ballad';
  override readonly configSchema = configSchema;
  readonly #text: string;

  constructor(text = ballad(400)) {
    super();
    this.#text = text;
  }

  protected override loadText(): string {
    return this.#text;
  }
}
