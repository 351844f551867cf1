// The species of 344 penguins from their sizes, the island and the sex, some of which are missing. Needs `npm install` in
// this folder for the data.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { Table, TabularPipeline, tabularProperties } from '../dist/index.js';
import { isProgram, reachAccuracy, readArguments } from './target.js';

const bundledData = fileURLToPath(new URL('node_modules/vega-datasets/data/penguins.json', import.meta.url));

export class Penguins extends TabularPipeline {
  id = 'penguins';
  configSchema = Type.Object(tabularProperties({ test_fraction: 0.3 }), { additionalProperties: false });

  constructor(file = bundledData) {
    super();
    this.file = file;
  }

  async loadTable() {
    return Table.fromRecords(JSON.parse(await readFile(this.file, 'utf8')), {
      numeric: ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'],
      categorical: ['Species', 'Island', 'Sex'],
    });
  }

  describeTable() {
    return { target: { column: 'Species', title: { en: 'Species', tr: 'Tür' } } };
  }
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({ data: bundledData, accuracy: 0.97, seconds: 60 });
  await reachAccuracy(new Penguins(data), change, target);
}
