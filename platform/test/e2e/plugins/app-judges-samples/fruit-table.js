import { readFileSync } from 'node:fs';
import { Table } from 'azuraforge-learner';

const FRUIT = { apple: [7, 7, 180], banana: [4, 18, 120], cherry: [2, 2, 8] };
const ORIGINS = ['Amasya', 'Anamur', 'Napa'];
const ROWS = 240;

export const configSchema = JSON.parse(readFileSync(new URL('./fruit.schema.json', import.meta.url), 'utf8'));

/** Fruit of three kinds, which differ in size and weight, and whose origin says nothing. */
export function fruitTable() {
  const kinds = Array.from({ length: ROWS }, (_, row) => Object.keys(FRUIT)[row % 3]);
  const measured = (which) =>
    kinds.map((kind, row) => FRUIT[kind][which] * (0.9 + (0.2 * ((row * 37 + which * 11) % 100)) / 100));
  return new Table({
    numeric: { width: measured(0), length: measured(1), weight: measured(2) },
    categorical: { origin: kinds.map((_, row) => ORIGINS[((row * 7) % 5) % 3]), kind: kinds },
  });
}

export const columnTitles = {
  width: { en: 'Width (cm)', tr: 'Genişlik (cm)' },
  length: { en: 'Length (cm)', tr: 'Uzunluk (cm)' },
  weight: { en: 'Weight (g)', tr: 'Ağırlık (g)' },
  origin: { en: 'Origin', tr: 'Köken' },
};
