import { Generator } from 'azuraforge-core';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Table } from '../../src/data/table.ts';
import type { TableDescription } from '../../src/pipeline/table-description.ts';
import { tabularProperties } from '../../src/pipeline/tabular-config.ts';
import { TabularPipeline } from '../../src/pipeline/tabular-pipeline.ts';

const configSchema = Type.Object(
  {
    ...tabularProperties({ epochs: 25, hidden_size: 16, batch_size: 32, learning_rate: 0.01 }),
    target: Type.Enum(['price', 'sold'], {
      title: 'Target',
      description: 'What is predicted.',
      default: 'price',
      'x-i18n': { tr: { title: 'Hedef', description: 'Neyin tahmin edileceği.' } },
    }),
  },
  { title: 'Houses', description: 'Predicts prices and sales of houses.', additionalProperties: false },
);

export type HouseConfig = Static<typeof configSchema>;

/** Houses whose price follows area, district and age by a law; they sell where the price is low. Some ages are missing. */
export function houseTable(rows: number): Table {
  const generator = new Generator(5);
  const districts = ['hill', 'port', 'town'];
  const area = Array.from({ length: rows }, () => 50 + 150 * generator.random());
  const age = area.map(() => Math.floor(80 * generator.random()));
  const district = area.map(() => districts[Math.floor(3 * generator.random())]!);
  const price = area.map(
    (size, row) =>
      2 * size * [1.5, 1, 0.7][districts.indexOf(district[row]!)]! - age[row]! + 10 * generator.random(),
  );
  return new Table({
    numeric: { area, age: age.map((years, row) => (row % 9 === 4 ? Number.NaN : years)), price },
    categorical: { district, sold: price.map((value) => (value < 200 ? 'yes' : 'no')) },
  });
}

export class HousePipeline extends TabularPipeline<HouseConfig> {
  override readonly id: string = 'houses';
  override readonly configSchema = configSchema;
  readonly #table: Table;
  readonly #inputs: readonly string[] | undefined;

  constructor(table = houseTable(300), inputs: readonly string[] | undefined = ['area', 'age', 'district']) {
    super();
    this.#table = table;
    this.#inputs = inputs;
  }

  protected override loadTable(): Table {
    return this.#table;
  }

  protected override describeTable({ target }: HouseConfig): TableDescription {
    const isPrice = target === 'price';
    return {
      target: {
        column: target,
        title: isPrice ? { en: 'Price', tr: 'Fiyat' } : { en: 'Sold', tr: 'Satıldı' },
        ...(isPrice && { unit: 'k€' }),
      },
      inputs: this.#inputs,
      columnTitles: { area: { en: 'Area', tr: 'Alan' } },
    };
  }
}
