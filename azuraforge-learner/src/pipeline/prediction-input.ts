import { labelTime, SeriesTable } from '../data/series-table.ts';
import type { FieldProblem } from '../error.ts';
import { PredictionInputError } from '../error.ts';
import type { JsonSchema, PredictionInput } from '../pipeline.ts';
import type { LocalizedText } from '../report.ts';
import type { ForecastState } from './forecast-state.ts';
import { rowsNeeded } from './forecast-state.ts';
import { schemaProblems } from './schema-check.ts';
import { seriesTitle, neededColumns, neededPositive } from './series-description.ts';

/** JSON Schema of `PredictionInput` for one model: its columns, how many rows it needs, how far it sees. */
export function predictionInputSchema(state: ForecastState): JsonSchema {
  const { series, horizon, recent } = state;
  const minimumRows = rowsNeeded(state);
  const positive = neededPositive(series);
  const columns = neededColumns(series);
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      steps: {
        type: 'integer',
        minimum: 1,
        maximum: horizon,
        default: horizon,
        title: 'Steps ahead',
        description: `How many rows ahead to forecast, up to the ${horizon} that the model was trained for.`,
        'x-i18n': {
          tr: {
            title: 'Kaç adım sonrası',
            description: `Kaç satır sonrasının tahmin edileceği; model en çok ${horizon} adım için eğitildi.`,
          },
        },
      },
      rows: {
        type: 'array',
        minItems: minimumRows,
        title: 'Latest observations',
        description: `At least ${minimumRows} rows without gaps, oldest first. When left out, the forecast starts after the last row of the training data (${recent.labels.at(-1)}).`,
        'x-i18n': {
          tr: {
            title: 'Son gözlemler',
            description: `Eskiden yeniye, boşluksuz en az ${minimumRows} satır. Verilmezse tahmin, eğitim verisinin son satırından (${recent.labels.at(-1)}) sonra başlar.`,
          },
        },
        items: {
          type: 'object',
          required: [recent.labelName, ...columns],
          properties: {
            [recent.labelName]: {
              type: 'string',
              title: 'Date',
              description: 'YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ',
              'x-i18n': { tr: { title: 'Tarih', description: 'YYYY-AA-GG ya da YYYY-AA-GGTSS:DD:ssZ' } },
            },
            ...Object.fromEntries(
              columns.map((name) => [
                name,
                {
                  type: 'number',
                  ...(positive.includes(name) && { exclusiveMinimum: 0 }),
                  ...titles(seriesTitle(state.series, name)),
                },
              ]),
            ),
          },
        },
      },
    },
  };
}

/** JSON Schema of a `Prediction` up to `horizon` steps ahead. */
export function forecastSchema(horizon: number): JsonSchema {
  return {
    type: 'object',
    required: ['pipeline_id', 'target', 'history', 'steps'],
    properties: {
      pipeline_id: { type: 'string' },
      target: { type: 'string' },
      unit: { type: 'string' },
      history: { type: 'array', minItems: 1, items: labelled(['value']) },
      steps: { type: 'array', minItems: 1, maxItems: horizon, items: labelled(['value', 'naive']) },
    },
  };
}

function labelled(numbers: string[]): JsonSchema {
  return {
    type: 'object',
    required: ['label', ...numbers],
    properties: {
      label: { type: 'string' },
      ...Object.fromEntries(numbers.map((name) => [name, { type: 'number' }])),
    },
  };
}

/** The rows and steps of a forecast. Throws PredictionInputError whose details name every wrong field. */
export function readPredictionInput(
  input: PredictionInput,
  state: ForecastState,
): { table: SeriesTable; steps: number } {
  refuseInput(schemaProblems(predictionInputSchema(state), input));
  const steps = input.steps ?? state.horizon;
  if (!input.rows) return { table: state.recent, steps };
  const { labelName } = state.recent;
  refuseInput(dateProblems(input.rows, labelName));
  const table = SeriesTable.fromRecords(input.rows, { labelName, columns: neededColumns(state.series) });
  return { table, steps };
}

/** Throws PredictionInputError that tells all problems, unless there are none. */
export function refuseInput(problems: FieldProblem[]): void {
  const first = problems[0];
  if (!first) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new PredictionInputError(
    `The input does not fit this model: ${first.path || 'input'}: ${first.message}${more}`,
    problems,
  );
}

function dateProblems(rows: readonly Record<string, unknown>[], labelName: string): FieldProblem[] {
  let previous = Number.NEGATIVE_INFINITY;
  return rows.flatMap((row, index): FieldProblem[] => {
    const path = `rows.${index}.${labelName}`;
    const time = labelTime(String(row[labelName]));
    if (Number.isNaN(time)) {
      return [
        {
          path,
          message: 'Must be a date: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ.',
          keyword: 'format',
          params: { format: 'date' },
        },
      ];
    }
    const early = time <= previous;
    previous = Math.max(previous, time);
    return early
      ? [{ path, message: 'Must come after the row before; sort from oldest to newest.', keyword: 'order' }]
      : [];
  });
}

/** A title in both languages, as a schema holds it. */
export function titles(text: LocalizedText): Record<string, unknown> {
  if (typeof text === 'string') return { title: text };
  return { title: text.en, 'x-i18n': { tr: { title: text.tr } } };
}
