import { readName, Table } from '../data/table.ts';
import type { FieldProblem } from '../error.ts';
import type { JsonSchema, RowsInput } from '../pipeline.ts';
import { columnTitle } from './column-title.ts';
import { refuseInput, titles } from './prediction-input.ts';
import { schemaProblems } from './schema-check.ts';
import type { TabularState } from './tabular-state.ts';

/** More would only make one request long. */
const MAX_ROWS = 10_000;

/** JSON Schema of what one model is asked: rows with its columns, of which those with gaps in training may be left out. */
export function tabularInputSchema({ encoder, columnTitles }: TabularState): JsonSchema {
  const { numeric, categorical } = encoder.state;
  const whole = [
    ...numeric.filter((column) => !column.flag_missing),
    ...categorical.filter(({ categories }) => !categories.includes(null)),
  ].map(({ name }) => name);
  const named = (name: string, type: string): [string, JsonSchema] => [
    name,
    { type, ...titles(columnTitle(columnTitles, name)) },
  ];
  return {
    type: 'object',
    additionalProperties: false,
    required: ['rows'],
    properties: {
      rows: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_ROWS,
        title: 'Rows',
        description:
          'Each row gets an answer. A value may be left out where training had gaps in its column.',
        'x-i18n': {
          tr: {
            title: 'Satırlar',
            description:
              'Her satıra bir yanıt verilir. Eğitimde boşluk olan sütunların değeri verilmeyebilir.',
          },
        },
        items: {
          type: 'object',
          additionalProperties: false,
          required: whole,
          properties: Object.fromEntries([
            ...numeric.map(({ name }) => named(name, 'number')),
            ...categorical.map(({ name }) => named(name, 'string')),
          ]),
        },
      },
    },
  };
}

/** The rows that were sent. Throws PredictionInputError whose details name every wrong field. */
export function readTabularInput(input: RowsInput, state: TabularState): Table {
  refuseInput(schemaProblems(tabularInputSchema(state), input));
  const { numeric, categorical } = state.encoder.state;
  const { rows } = input;
  const named = categorical.map(({ name, categories }) => {
    const known = new Set<unknown>(categories);
    const read = (cell: unknown): string | null => (known.has(cell) ? (cell as string) : readName(cell));
    return { name, gaps: known.has(null), names: rows.map((row) => read(row[name])) };
  });
  refuseInput(
    named.flatMap(({ name, gaps, names }) =>
      names.flatMap((found, index) =>
        found !== null || gaps ? [] : [missing(`rows.${index}.${name}`, rows[index]![name])],
      ),
    ),
  );
  return new Table({
    numeric: Object.fromEntries(
      numeric.map(({ name }) => [name, rows.map((row) => (row[name] as number | undefined) ?? Number.NaN)]),
    ),
    categorical: Object.fromEntries(named.map(({ name, names }) => [name, names])),
  });
}

function missing(path: string, cell: unknown): FieldProblem {
  const message = `Must be a name: ${JSON.stringify(cell)} counts as missing, and training had no gaps in this column.`;
  return { path, message, keyword: 'missing' };
}
