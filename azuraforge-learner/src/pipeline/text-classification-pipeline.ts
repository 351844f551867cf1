import { Generator } from 'azuraforge-core';
import { NaiveBayes } from '../baseline/naive-bayes.ts';
import { classCounts } from '../data/label-encoder.ts';
import { SequenceDataset } from '../data/sequence-dataset.ts';
import type { Tokenizer } from '../data/tokenizer.ts';
import { CrossEntropyLoss } from '../loss/cross-entropy.ts';
import { ClassificationMetric } from '../metric/classification-metric.ts';
import type { Module } from '../nn/module.ts';
import { TextClassifier } from '../nn/text-classifier.ts';
import type { ClassPrediction, RowsInput } from '../pipeline.ts';
import type { FactsSection, NoteSection } from '../report.ts';
import { classificationReport, classificationSections } from '../report/classification-report.ts';
import { mistakeTexts } from '../report/mistake-texts.ts';
import type { Rival } from '../report/rival.ts';
import { wordSections } from '../report/words.ts';
import { classAnswer, classSchema, probabilitiesOf } from './class-answer.ts';
import { checkHeads } from './generation-config.ts';
import type { LabelledText, LabelledTexts } from './labelled-texts.ts';
import { splitTexts, textsHash } from './labelled-texts.ts';
import type { LearningTask } from './learning-pipeline.ts';
import { epochLosses, LearningPipeline } from './learning-pipeline.ts';
import { askLoadedModel } from './loaded-model.ts';
import { sampleFacts, trainingFacts } from './run-facts.ts';
import type { TextConfig } from './text-config.ts';
import { readTextInput, textInputSchema } from './text-input.ts';
import type { TextState } from './text-state.ts';
import { PADDING, restoreTextState, storeTextState } from './text-state.ts';
import { trainTokenizer } from './tokenizer-config.ts';
import { wordEvidence } from './word-evidence.ts';

/** Texts in one batch of a prediction. */
const PREDICTION_BATCH = 32;

/** Texts of one part as tokens, uncut. */
interface TokenTexts {
  tokens: readonly Int32Array[];
  labels: ArrayLike<number>;
}

/**
 * Tells classes of texts, with a transformer that is trained on labelled texts. A subclass says where the texts come from;
 * its `configSchema` holds `textProperties()`.
 */
export abstract class TextClassificationPipeline<Config extends TextConfig> extends LearningPipeline<
  Config,
  LabelledTexts,
  RowsInput,
  ClassPrediction
> {
  override readonly reportSections = classificationSections(['words']);
  /** What the classes are, as predictions name it. */
  protected readonly target: string = 'class';

  /** All texts, in any order. */
  protected abstract loadTexts(config: Config): LabelledTexts | Promise<LabelledTexts>;

  /** What a reader of the report should know about this kind of texts. */
  protected caveats(): NoteSection[] {
    return [];
  }

  protected override load(config: Config): LabelledTexts | Promise<LabelledTexts> {
    return this.loadTexts(config);
  }

  protected override async prepare(given: LabelledTexts, config: Config): Promise<LearningTask> {
    checkHeads(config);
    const { classNames } = given;
    const texts = splitTexts(given, config);
    // The tokenizer learns from the training texts alone.
    const tokenizer = trainTokenizer(texts.train.texts.join('\n'), config, [PADDING]);
    const parts = {
      train: encoded(texts.train, tokenizer),
      validation: encoded(texts.validation, tokenizer),
      test: encoded(texts.test, tokenizer),
    };
    const hash = await textsHash(given);
    const counts = classCounts(texts.train.labels, classNames.length);
    const shares = counts.map((count) => count / texts.train.texts.length);
    const state: TextState = { tokenizer, window: config.window, classNames, classShares: shares };
    return {
      createModel: () => createModel(state, config),
      loss: new CrossEntropyLoss({
        labelSmoothing: config.label_smoothing,
        ...(config.class_weights === 'balanced' && { weight: balancedWeights(shares) }),
      }),
      train: datasetOf(parts.train, state),
      validation: datasetOf(parts.validation, state),
      test: datasetOf(parts.test, state),
      metrics: [new ClassificationMetric()],
      report: async (outputs, record, tested) => {
        const probabilities = probabilitiesOf(outputs);
        const judged = { ...texts.test, probabilities, classNames };
        const evidence = await wordEvidence(tested, judged, {
          ...state,
          tokens: parts.test.tokens,
          cover: tokenizer.special(PADDING),
          sourceOf: (tokens) => datasetOf({ tokens, labels: new Int32Array(tokens.length) }, state),
        });
        return classificationReport({
          pipelineId: this.id,
          createdAt: new Date(),
          classNames,
          test: { probabilities, labels: texts.test.labels },
          majority: shares.indexOf(Math.max(...shares)),
          rivals: [naiveBayes(parts, state)],
          losses: epochLosses(record.history),
          facts: [
            ...sampleFacts({
              train: texts.train.labels,
              validation: texts.validation.labels,
              test: texts.test.labels,
            }),
            ...lengthFacts(Object.values(parts), state),
            ...trainingFacts(record, config.seed, hash),
          ],
          caveats: this.caveats(),
          samples: [...mistakeTexts(judged), ...wordSections(judged, evidence)],
        });
      },
      preprocessing: storeTextState(state),
      features: ['tokens'],
      datasetHash: hash,
      inputSchema: textInputSchema(config.window),
      outputSchema: classSchema(classNames),
    };
  }

  /** Rows of texts that are longer than the window hold `cut_tokens`. */
  protected override async answer(
    model: Module,
    preprocessing: Record<string, unknown>,
    input: RowsInput,
  ): Promise<ClassPrediction> {
    const state = restoreTextState(preprocessing);
    const { tokenizer, window, classNames, classShares } = state;
    const tokens = readTextInput(input, tokenizer, window);
    const source = datasetOf({ tokens, labels: new Int32Array(tokens.length) }, state);
    const outputs = classNames.length;
    const logits = await askLoadedModel(model, source, { outputs, batchSize: PREDICTION_BATCH });
    const answer = classAnswer(logits, {
      pipeline_id: this.id,
      target: this.target,
      classes: [...classNames],
      naive: [...classShares],
    });
    return { ...answer, rows: answer.rows.map((row, index) => withCut(row, tokens[index]!.length - window)) };
  }
}

function withCut(row: ClassPrediction['rows'][number], cut: number): ClassPrediction['rows'][number] {
  return cut > 0 ? { ...row, cut_tokens: cut } : row;
}

function encoded({ texts, labels }: LabelledText, tokenizer: Tokenizer): TokenTexts {
  return { tokens: texts.map((text) => tokenizer.encode(text)), labels };
}

/** Whole texts, each token once, which suits naive Bayes best. */
function naiveBayes(
  { train, test }: Record<'train' | 'test', TokenTexts>,
  { tokenizer, classNames }: TextState,
): Rival {
  const distinct = ({ tokens }: TokenTexts): Int32Array[] =>
    tokens.map((text) => Int32Array.from(new Set(text)));
  const bayes = NaiveBayes.fit(distinct(train), train.labels, {
    vocabularySize: tokenizer.size,
    classes: classNames.length,
  });
  return {
    key: 'naive_bayes',
    title: { en: 'Naive Bayes on tokens', tr: 'Birimlerle naif Bayes' },
    predicted: bayes.predict(distinct(test)),
  };
}

function createModel({ tokenizer, classNames }: TextState, config: TextConfig): TextClassifier {
  return new TextClassifier(tokenizer.size, classNames.length, {
    maxLength: config.window,
    dModel: config.hidden_size,
    nhead: config.num_heads,
    numLayers: config.num_layers,
    dropout: config.dropout,
    padding: tokenizer.special(PADDING),
    generator: new Generator(config.seed),
  });
}

function datasetOf({ tokens, labels }: TokenTexts, { tokenizer, window, classNames }: TextState) {
  return new SequenceDataset({
    sequences: tokens,
    labels,
    classes: classNames.length,
    length: window,
    padding: tokenizer.special(PADDING),
  });
}

/** All classes count the same together, and a sample counts 1 on average. */
function balancedWeights(shares: readonly number[]): number[] {
  return shares.map((share) => 1 / (shares.length * share));
}

function lengthFacts(
  parts: readonly TokenTexts[],
  { tokenizer, window }: Pick<TextState, 'tokenizer' | 'window'>,
): FactsSection['items'] {
  const lengths = parts.flatMap(({ tokens }) => tokens.map(({ length }) => length));
  const cut = lengths.filter((length) => length > window).length;
  return [
    {
      key: 'vocabulary',
      title: { en: 'Different tokens', tr: 'Farklı birimler' },
      value: tokenizer.size,
    },
    {
      key: 'window',
      title: { en: 'Tokens that are read of a text', tr: 'Bir metnin okunan birimleri' },
      value: window,
    },
    {
      key: 'cut',
      title: { en: 'Texts that are longer, whose end is cut', tr: 'Daha uzun olup sonu kesilen metinler' },
      value: cut,
    },
  ];
}
