// A small GPT learns to write as Herman Melville did in "Moby-Dick". Needs `npm install` in this folder for the text.
//
// It fails unless the text that it did not see surprises it less than it does a trigram model with the best smoothing
// (modified Kneser-Ney, its discounts tuned on the validation part): on the validation part, and on the test part.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { generationProperties, TextGenerationPipeline } from '../dist/index.js';

const CHAPTERS = Array.from({ length: 135 }, (_, index) => `chapter_${index + 1}`);

class MobyDick extends TextGenerationPipeline {
  id = 'moby_dick';
  configSchema = Type.Object(generationProperties(), { additionalProperties: false });
  constructor(folder) { super(); this.folder = folder; }
  async loadText() {
    const chapters = await Promise.all([...CHAPTERS, 'epilogue'].map(async (name) => JSON.parse(await readFile(join(this.folder, `${name}.json`), 'utf8'))));
    return chapters.map(({ title, text }) => `${title}\n\n${text}\n`).join('\n');
  }
}
export { MobyDick };
