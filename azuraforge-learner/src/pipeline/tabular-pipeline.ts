import { fromTypedArray, Generator } from 'azuraforge-core';
import type { Matrix } from '../data/matrix.ts';
import { matrixValues, rowCount } from '../data/matrix.ts';
import type { IndexSplit } from '../data/random-split.ts';
import { randomSplit, stratifiedSplit } from '../data/random-split.ts';
import type { Table } from '../data/table.ts';
import { TableEncoder } from '../data/table-encoder.ts';
import type { Module } from '../nn/module.ts';
import type { ClassPrediction, RowsInput, ValuePrediction } from '../pipeline.ts';
import { ArrayDataset } from '../trainer/dataset.ts';
import type { InputSource } from '../trainer/dataset.ts';
import { inputImportance } from './input-importance.ts';
import type { LearningTask } from './learning-pipeline.ts';
import { epochLosses, LearningPipeline } from './learning-pipeline.ts';
import { askLoadedModel } from './loaded-model.ts';
import { sampleFacts, trainingFacts } from './run-facts.ts';
import type { TableDescription } from './table-description.ts';
import { inputsOf, tableHash } from './table-description.ts';
import type { TableTarget } from './table-target.ts';
import { ClassTarget, labelsOf, taskOf, ValueTarget } from './table-target.ts';
import type { TabularConfig } from './tabular-config.ts';
import { readTabularInput, tabularInputSchema } from './tabular-input.ts';
import { createTabularModel } from './tabular-model.ts';
import type { TabularState } from './tabular-state.ts';
import { restoreTabularState, storeTabularState, tableInputs } from './tabular-state.ts';

const PREDICTION_BATCH = 256;

/**
 * Predicts a column of a table from the others, a number or a class, with a multi-layer perceptron. Rows must not depend
 * on each other: parts are drawn by chance. A subclass says where the table comes from and what to predict; its
 * `configSchema` holds `tabularProperties()`.
 */
export abstract class TabularPipeline<Config extends TabularConfig> extends LearningPipeline<
  Config,
  Table,
  RowsInput,
  ClassPrediction | ValuePrediction
> {
  override readonly reportSections = ['verdict', 'scores', 'importance', 'loss', 'facts'];

  protected abstract loadTable(config: Config): Table | Promise<Table>;

  /** What to predict, and from what. */
  protected abstract describeTable(config: Config): TableDescription;

  protected override load(config: Config): Table | Promise<Table> {
    return this.loadTable(config);
  }

  protected override async prepare(table: Table, config: Config): Promise<LearningTask> {
    const description = this.describeTable(config);
    const { column, unit } = description.target;
    const { split, target } = splitTable(table, column, config);
    const inputs = inputsOf(table, description);
    const encoder = TableEncoder.fit(inputs.rows(split.train), {
      scale: config.scaler,
      fill: config.fill,
      encoding: config.encoding === 'embedding' ? 'index' : 'one_hot',
    });
    const columnTitles = { ...description.columnTitles };
    const state: TabularState = { column, unit, columnTitles, target, encoder };
    const hash = await tableHash(table);
    const dataset = (rows: Uint32Array): ArrayDataset =>
      new ArrayDataset(matrixValues(encoder.transform(inputs.rows(rows))), target.valuesOf(table, rows));
    const test = dataset(split.test);
    return {
      createModel: () => createTabularModel(encoder, target.outputs, config, new Generator(config.seed)),
      loss: target.createLoss(config),
      train: dataset(split.train),
      validation: dataset(split.validation),
      test,
      validationScores: target.scores,
      report: async (outputs, record, tested) =>
        target.report(
          {
            pipelineId: this.id,
            createdAt: new Date(),
            losses: epochLosses(record.history),
            facts: [
              ...sampleFacts(split),
              {
                key: 'features',
                title: { en: 'Inputs', tr: 'Girdiler' },
                value: [...inputs.numericNames, ...inputs.categoricalNames].join(', '),
              },
              ...trainingFacts(record, config.seed, hash),
            ],
            caveats: description.caveats,
            importance: await inputImportance(tested, test, tableInputs(state), target.errorOf),
          },
          outputs,
          target.valuesOf(table, split.test),
          description,
        ),
      preprocessing: storeTabularState(state),
      features: encoder.featureNames,
      datasetHash: hash,
      inputSchema: tabularInputSchema(state),
      outputSchema: target.outputSchema,
    };
  }

  protected override async answer(
    model: Module,
    preprocessing: Record<string, unknown>,
    input: RowsInput,
  ): Promise<ClassPrediction | ValuePrediction> {
    const state = restoreTabularState(preprocessing);
    const source = rowsSource(state.encoder.transform(readTabularInput(input, state)));
    const { outputs } = state.target;
    const answers = await askLoadedModel(model, source, { outputs, batchSize: PREDICTION_BATCH });
    return state.target.answer(answers, { pipelineId: this.id, target: state.column, unit: state.unit });
  }
}

/** Parts by chance, and the target as the training part knows it. */
function splitTable(
  table: Table,
  column: string,
  config: TabularConfig,
): { split: IndexSplit; target: TableTarget } {
  const fractions = { validation: config.validation_fraction, test: config.test_fraction };
  const generator = new Generator(config.seed);
  if (taskOf(table, column, config) === 'regression') {
    const split = randomSplit(table.length, fractions, generator);
    return { split, target: ValueTarget.fit(table, column, split) };
  }
  const split = stratifiedSplit(labelsOf(table, column), fractions, generator);
  return { split, target: ClassTarget.fit(table, column, split) };
}

/** Rows without targets. */
function rowsSource(rows: Matrix): InputSource {
  const width = rows.names.length;
  const data = Float32Array.from(rows.data);
  return {
    length: rowCount(rows),
    batch: (indices) => {
      const batch = new Float32Array(indices.length * width);
      for (const [position, index] of indices.entries()) {
        batch.set(data.subarray(index * width, (index + 1) * width), position * width);
      }
      return { input: fromTypedArray(batch, [indices.length, width]) };
    },
  };
}
