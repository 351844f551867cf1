import { DataError } from '../error.ts';
import type { CalendarCycle } from './calendar.ts';
import { cycleAngle } from './calendar.ts';
import type { Matrix } from './matrix.ts';
import type { SeriesTable } from './series-table.ts';

/**
 * One input of the model, made from the columns of a series:
 * - `level`: the value itself
 * - `difference`: the change since the row before
 * - `log_return`: the logarithm of the value over the one before (values above 0)
 * - `log_ratio`: the logarithm of `column` over `over` in the same row (values above 0)
 * - `season`: sine and cosine of the date's place in the day, week or year
 */
export type FeatureSpec =
  | { kind: 'level' | 'difference' | 'log_return'; column: string }
  | { kind: 'log_ratio'; column: string; over: string }
  | { kind: 'season'; cycle: CalendarCycle };

/** How many rows before a row its features need: 1 where a feature is a change, else 0. */
export function featureLag(specs: readonly FeatureSpec[]): 0 | 1 {
  return specs.some((spec) => spec.kind === 'difference' || spec.kind === 'log_return') ? 1 : 0;
}

/** How many columns of the feature matrix a feature takes. */
export function featureWidth({ kind }: FeatureSpec): 1 | 2 {
  return kind === 'season' ? 2 : 1;
}

/** Every column that the features read, each once. */
export function featureColumns(specs: readonly FeatureSpec[]): string[] {
  const columns = specs.flatMap((spec) => {
    if (spec.kind === 'season') return [];
    return spec.kind === 'log_ratio' ? [spec.column, spec.over] : [spec.column];
  });
  return [...new Set(columns)];
}

/** Columns whose values must lie above 0, because a logarithm is taken of them. */
export function positiveColumns(specs: readonly FeatureSpec[]): string[] {
  return featureColumns(specs.filter((spec) => spec.kind === 'log_return' || spec.kind === 'log_ratio'));
}

/** One row for each row of the table after the first `featureLag(specs)`. Throws DataError for a log of 0 or less. */
export function featureMatrix(table: SeriesTable, specs: readonly FeatureSpec[]): Matrix {
  for (const name of positiveColumns(specs)) requirePositive(table, name);
  const lag = featureLag(specs);
  const features = specs.flatMap((spec) => featureValues(table, spec));
  const rows = Math.max(0, table.length - lag);
  const data = new Float64Array(rows * features.length);
  for (const [index, feature] of features.entries()) {
    for (let row = 0; row < rows; row += 1) {
      data[row * features.length + index] = feature.valueAt(row + lag);
    }
  }
  return { names: features.map((feature) => feature.name), data };
}

/** Throws DataError that names the first row where the column is not above 0. */
export function requirePositive(table: SeriesTable, name: string): void {
  const values = table.column(name);
  const row = values.findIndex((value) => value <= 0);
  if (row >= 0) {
    throw new DataError(
      `Column "${name}", row ${row + 1} (${table.labels[row]}): ${values[row]} is not above 0, but a logarithm is taken of this column. Mend the row or use differences in place of log returns.`,
    );
  }
}

interface Feature {
  name: string;
  valueAt(row: number): number;
}

function featureValues(table: SeriesTable, spec: FeatureSpec): Feature[] {
  if (spec.kind === 'season') {
    const angle = (row: number): number => cycleAngle(table.labels[row] ?? '', spec.cycle);
    return [
      { name: `${spec.cycle}_sin`, valueAt: (row) => Math.sin(angle(row)) },
      { name: `${spec.cycle}_cos`, valueAt: (row) => Math.cos(angle(row)) },
    ];
  }
  const values = table.column(spec.column);
  const at = (row: number): number => values[row] ?? Number.NaN;
  switch (spec.kind) {
    case 'level':
      return [{ name: spec.column, valueAt: at }];
    case 'difference':
      return [{ name: `${spec.column}_difference`, valueAt: (row) => at(row) - at(row - 1) }];
    case 'log_return':
      return [{ name: `${spec.column}_log_return`, valueAt: (row) => Math.log(at(row) / at(row - 1)) }];
    case 'log_ratio': {
      const under = table.column(spec.over);
      return [
        {
          name: `${spec.column}_over_${spec.over}_log`,
          valueAt: (row) => Math.log(at(row) / (under[row] ?? Number.NaN)),
        },
      ];
    }
  }
}
