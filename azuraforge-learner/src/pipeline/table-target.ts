import type { Static } from 'typebox';
import { Type } from 'typebox';
import { classCounts, LabelEncoder } from '../data/label-encoder.ts';
import type { IndexSplit } from '../data/random-split.ts';
import { Scaler, SCALER_KINDS, StandardScaler } from '../data/scaler.ts';
import type { Table } from '../data/table.ts';
import { ConfigError, DataError, PredictionInputError } from '../error.ts';
import type { Loss } from '../loss.ts';
import { CrossEntropyLoss } from '../loss/cross-entropy.ts';
import type { ClassPrediction, JsonSchema, ValuePrediction } from '../pipeline.ts';
import type { FactsSection, NoteSection, Report } from '../report.ts';
import { accuracy } from '../report/accuracy.ts';
import { classificationReport } from '../report/classification-report.ts';
import type { Importance } from '../report/importance.ts';
import type { EpochLoss } from '../report/loss-chart.ts';
import { regressionReport } from '../report/regression-report.ts';
import type { ArrayValues, Values } from '../trainer/dataset.ts';
import type { FitOptions } from '../trainer.ts';
import { confusionMatrix, highestClasses } from '../metric/confusion-matrix.ts';
import { classificationScores } from '../metric/classification.ts';
import { classAnswer, classSchema, probabilitiesOf } from './class-answer.ts';
import { createLoss } from './optimization.ts';
import type { TableDescription } from './table-description.ts';
import type { TabularConfig } from './tabular-config.ts';

/** What a report holds beside what the model said. */
interface ReportFrame {
  pipelineId: string;
  createdAt: Date;
  losses: EpochLoss[];
  facts: FactsSection['items'];
  caveats?: NoteSection[];
  importance: Importance | null;
}

/** The target column of a table as a model learns it: as classes or as a number. */
export interface TableTarget<Answer = ClassPrediction | ValuePrediction> {
  readonly state: StoredTarget;
  /** Width of the model's output. */
  readonly outputs: number;
  readonly outputSchema: JsonSchema;
  createLoss(config: TabularConfig): Loss;
  /** What the model should answer. */
  valuesOf(table: Table, rows: Uint32Array): ArrayValues;
  /** How far predictions are off: the mean absolute error in the unit of the target, or the share of wrong answers. */
  readonly errorOf: (predicted: Values, actual: Values) => number;
  /** Of all predictions for the validation part. */
  readonly scores: NonNullable<FitOptions['metrics']>;
  report(frame: ReportFrame, outputs: Values, actual: ArrayValues, description: TableDescription): Report;
  answer(outputs: Values, task: { pipelineId: string; target: string; unit?: string }): Answer;
}

const StoredClasses = Type.Object({
  kind: Type.Literal('classification'),
  classes: Type.Array(Type.String(), { minItems: 2, uniqueItems: true }),
  /** Of each class among the training rows. */
  shares: Type.Array(Type.Number({ minimum: 0, maximum: 1 })),
});

const StoredValues = Type.Object({
  kind: Type.Literal('regression'),
  scaler: Type.Object({
    kind: Type.Enum([...SCALER_KINDS]),
    columns: Type.Array(Type.String(), { minItems: 1, maxItems: 1 }),
    offset: Type.Array(Type.Number(), { minItems: 1, maxItems: 1 }),
    scale: Type.Array(Type.Number(), { minItems: 1, maxItems: 1 }),
  }),
  /** Of the training rows. */
  median: Type.Number(),
  mean: Type.Number(),
});

/** A target as model.json holds it. */
export const StoredTarget = Type.Union([StoredClasses, StoredValues]);
export type StoredTarget = Static<typeof StoredTarget>;

/** Whether a number or a class is predicted. Throws ConfigError for a number out of a column of names, DataError for no such column. */
export function taskOf(
  table: Table,
  column: string,
  { task }: TabularConfig,
): 'regression' | 'classification' {
  const isNumeric = table.numericNames.includes(column);
  if (!isNumeric && !table.categoricalNames.includes(column)) {
    const all = [...table.numericNames, ...table.categoricalNames];
    throw new DataError(`There is no column "${column}" to predict; there are: ${all.join(', ')}.`);
  }
  if (task === 'auto') return isNumeric ? 'regression' : 'classification';
  if (task === 'regression' && !isNumeric) {
    const message = `The target "${column}" holds names, not numbers: must be classification.`;
    throw new ConfigError(`The configuration does not fit the data. task: ${message}`, [
      { path: 'task', message, keyword: 'enum' },
    ]);
  }
  return task;
}

/** The target as labels; numbers are written out. Throws DataError for a missing label and for one class only. */
export function labelsOf(table: Table, column: string): string[] {
  const labels = table.numericNames.includes(column)
    ? Array.from(table.numeric(column), (value) => (Number.isNaN(value) ? null : String(value)))
    : table.categorical(column);
  LabelEncoder.fit(labels, `Target "${column}"`);
  return labels as string[];
}

export class ClassTarget implements TableTarget<ClassPrediction> {
  readonly state: Static<typeof StoredClasses>;
  readonly #column: string;
  readonly #encoder: LabelEncoder;

  constructor(column: string, state: Static<typeof StoredClasses>) {
    this.#column = column;
    this.state = state;
    this.#encoder = LabelEncoder.fromState({ classes: state.classes });
  }

  /** As `labelsOf`; the shares are those of the training rows. */
  static fit(table: Table, column: string, split: IndexSplit): ClassTarget {
    const labels = labelsOf(table, column);
    const encoder = LabelEncoder.fit(labels);
    const numbers = encoder.encode(Array.from(split.train, (row) => labels[row]!));
    const counts = classCounts(numbers, encoder.classes.length);
    return new ClassTarget(column, {
      kind: 'classification',
      classes: [...encoder.classes],
      shares: counts.map((count) => count / numbers.length),
    });
  }

  get outputs(): number {
    return this.state.classes.length;
  }

  get outputSchema(): JsonSchema {
    return classSchema(this.state.classes);
  }

  createLoss(): Loss {
    return new CrossEntropyLoss();
  }

  valuesOf(table: Table, rows: Uint32Array): ArrayValues {
    const labels = labelsOf(table, this.#column);
    const data = this.#encoder.encode(Array.from(rows, (row) => labels[row]!));
    return { data, shape: [data.length] };
  }

  readonly errorOf = (predicted: Values, actual: Values): number => {
    const answers = highestClasses(predicted.data, this.outputs);
    return 1 - classificationScores(confusionMatrix(answers, actual.data, this.outputs)).accuracy;
  };

  readonly scores = (predicted: Values, actual: Values): Record<string, number> => ({
    accuracy: 1 - this.errorOf(predicted, actual),
  });

  report(frame: ReportFrame, outputs: Values, actual: ArrayValues): Report {
    const { classes, shares } = this.state;
    return classificationReport({
      ...frame,
      classNames: classes,
      majority: shares.indexOf(Math.max(...shares)),
      test: { probabilities: probabilitiesOf(outputs), labels: actual.data },
    });
  }

  answer(outputs: Values, { pipelineId, target }: { pipelineId: string; target: string }): ClassPrediction {
    requireFinite(outputs.data);
    const { classes, shares } = this.state;
    return classAnswer(outputs, { pipeline_id: pipelineId, target, classes, naive: shares });
  }
}

export class ValueTarget implements TableTarget<ValuePrediction> {
  readonly state: Static<typeof StoredValues>;
  readonly outputs = 1;
  readonly #column: string;
  readonly #scaler: Scaler;

  constructor(column: string, state: Static<typeof StoredValues>) {
    this.#column = column;
    this.state = state;
    this.#scaler = new Scaler(state.scaler);
  }

  /** Throws DataError for a missing value, and for a target that is constant in the training rows. */
  static fit(table: Table, column: string, split: IndexSplit): ValueTarget {
    const values = table.numeric(column);
    const missing = values.findIndex((value) => Number.isNaN(value));
    if (missing >= 0) {
      throw new DataError(
        `Target "${column}", row ${missing + 1}: it is missing. Remove the row; a target cannot be filled.`,
      );
    }
    const known = Float64Array.from(split.train, (row) => values[row]!).sort();
    const middle = known.length >> 1;
    return new ValueTarget(column, {
      kind: 'regression',
      scaler: { ...StandardScaler.fit({ names: [column], data: known }).state } as Static<
        typeof StoredValues
      >['scaler'],
      median: known.length % 2 === 1 ? known[middle]! : (known[middle - 1]! + known[middle]!) / 2,
      mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    });
  }

  get outputSchema(): JsonSchema {
    return {
      type: 'object',
      required: ['pipeline_id', 'target', 'rows', 'naive'],
      properties: {
        pipeline_id: { type: 'string' },
        target: { type: 'string' },
        unit: { type: 'string' },
        rows: {
          type: 'array',
          minItems: 1,
          items: { type: 'object', required: ['value'], properties: { value: { type: 'number' } } },
        },
        naive: { type: 'number' },
      },
    };
  }

  createLoss({ loss }: TabularConfig): Loss {
    return createLoss(loss);
  }

  valuesOf(table: Table, rows: Uint32Array): ArrayValues {
    const values = table.numeric(this.#column);
    const data = Float64Array.from(rows, (row) => values[row]!);
    const scaled = this.#scaler.transform({ names: [this.#column], data });
    return { data: Float32Array.from(scaled.data), shape: [rows.length, 1] };
  }

  readonly errorOf = (predicted: Values, actual: Values): number =>
    accuracy(this.#inUnit(predicted.data), this.#inUnit(actual.data), 0).mae;

  readonly scores = (predicted: Values, actual: Values): Record<string, number> => ({
    mae: this.errorOf(predicted, actual),
  });

  report(frame: ReportFrame, outputs: Values, actual: ArrayValues, { target }: TableDescription): Report {
    const { median, mean } = this.state;
    return regressionReport({
      ...frame,
      target,
      training: { median, mean },
      test: { predicted: this.#inUnit(outputs.data), actual: this.#inUnit(actual.data) },
    });
  }

  answer(
    outputs: Values,
    { pipelineId, target, unit }: { pipelineId: string; target: string; unit?: string },
  ): ValuePrediction {
    requireFinite(outputs.data);
    return {
      pipeline_id: pipelineId,
      target,
      ...(unit && { unit }),
      rows: Array.from(this.#inUnit(outputs.data), (value) => ({ value })),
      naive: this.state.median,
    };
  }

  #inUnit(scaled: ArrayLike<number>): Float64Array {
    return this.#scaler.inverse({ names: [this.#column], data: Float64Array.from(scaled) }).data;
  }
}

/** Numbers that a model cannot make an answer of are the fault of the rows. */
function requireFinite(outputs: Float32Array): void {
  if (outputs.every(Number.isFinite)) return;
  const message = 'Holds a value far too large for this model.';
  throw new PredictionInputError(`The input does not fit this model: rows: ${message}`, [
    { path: 'rows', message, keyword: 'finite' },
  ]);
}
