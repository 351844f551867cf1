// Which group an emoji belongs to, from its picture and its short name. Needs `npm install` in this folder for the data:
// the pictures are Google's Noto emoji (Apache License 2.0), the names and groups those of emoji-datasource (MIT).
//
// Names tell flags ("flag de") and what shares a word with the emoji that were learned from; many words stand in one name
// alone. Pictures tell faces, people and flags, but hardly a thing from a food. It fails unless both together are better
// than what the same model says without the picture or without the name, by the margin below, about twice the standard error of such a difference on so few emoji.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { DataError, MultiModalPipeline, multiModalProperties } from '../dist/index.js';
import { readImage } from '../dist/node.js';
import { isProgram, percent, readArguments, settle, train } from './target.js';

const bundledData = fileURLToPath(new URL('node_modules/emoji-datasource-google', import.meta.url));

const SIDE = 32;
/** Each picture of the sheet has a pixel of nothing around it. */
const CELL = SIDE + 2;

export class Emoji extends MultiModalPipeline {
  id = 'emoji';
  target = 'group';
  configSchema = Type.Object(
    multiModalProperties({
      epochs: 30,
      channels: 16,
      blocks: 3,
      dropout: 0.4,
      label_smoothing: 0.1,
      batch_size: 64,
      learning_rate: 0.003,
      weight_decay: 0.05,
      early_stopping_patience: 0,
      augment_flip: true,
      augment_shift: 3,
      text_length: 16,
      validation_fraction: 0.1,
      test_fraction: 0.25,
    }),
    { additionalProperties: false },
  );

  constructor(folder = bundledData) {
    super();
    this.folder = folder;
  }

  async loadPairs() {
    const all = JSON.parse(await readFile(join(this.folder, 'emoji.json'), 'utf8'));
    const emoji = all.filter(({ has_img_google: has, category }) => has && category !== 'Component');
    const sheet = await readImage(join(this.folder, 'img/google/sheets', `${SIDE}.png`));
    const classNames = [...new Set(emoji.map(({ category }) => category))].sort();
    const pixels = new Uint8Array(emoji.length * 3 * SIDE * SIDE);
    for (const [index, { sheet_x: column, sheet_y: row, short_name: name }] of emoji.entries()) {
      const [left, top] = [column * CELL + 1, row * CELL + 1];
      if (left + SIDE > sheet.width || top + SIDE > sheet.height) {
        throw new DataError(
          `The sheet of pictures ends before ${name}. Install emoji-datasource-google again.`,
        );
      }
      for (let line = 0; line < 3 * SIDE; line += 1) {
        const [plane, y] = [Math.floor(line / SIDE), line % SIDE];
        const start = (plane * sheet.height + top + y) * sheet.width + left;
        pixels.set(sheet.pixels.subarray(start, start + SIDE), (index * 3 * SIDE + line) * SIDE);
      }
    }
    return {
      pixels,
      shape: [emoji.length, 3, SIDE, SIDE],
      texts: emoji.map(({ short_name: name }) => name.replaceAll(/[_-]/g, ' ')),
      labels: emoji.map(({ category }) => classNames.indexOf(category)),
      classNames,
    };
  }
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({ data: bundledData, margin: 0.05, seconds: 300 });
  const { report, seconds } = await train(new Emoji(data), change);
  const { rows } = report.sections.find(({ id }) => id === 'scores');
  const accuracyOf = (name) => rows.find(({ key }) => key === name).values.accuracy;
  const [both, text, image] = ['model', 'text_alone', 'image_alone'].map(accuracyOf);
  console.log(
    `emoji: ${percent(both)} of the test emoji are right from name and picture, ${percent(text)} by the same model without the picture, ${percent(image)} without the name, after ${seconds.toFixed(0)} s`,
  );
  settle(
    both - Math.max(text, image) >= target.margin && seconds <= target.seconds,
    `at least ${percent(target.margin)} more than without either within ${target.seconds} s`,
  );
}
