import { Generator } from 'azuraforge-core';
import { channelStatistics, ImageDataset } from '../data/image-dataset.ts';
import { classCounts } from '../data/label-encoder.ts';
import { SequenceDataset } from '../data/sequence-dataset.ts';
import type { Blanking } from '../data/text-image-dataset.ts';
import { randomBlanking, TextImageDataset } from '../data/text-image-dataset.ts';
import type { ImageTransform } from '../data/augment/image.ts';
import { CrossEntropyLoss } from '../loss/cross-entropy.ts';
import { highestClasses } from '../metric/confusion-matrix.ts';
import { ClassificationMetric } from '../metric/classification-metric.ts';
import type { Module } from '../nn/module.ts';
import type { ClassPrediction, RowsInput } from '../pipeline.ts';
import type { NoteSection, ReportSection } from '../report.ts';
import { classificationReport, classificationSections } from '../report/classification-report.ts';
import type { JudgedSamples } from '../report/judged.ts';
import { answersOf, clearestSamples, surestMistakes } from '../report/judged.ts';
import { evidencePictures, mistakePictures } from '../report/pictures.ts';
import type { Rival } from '../report/rival.ts';
import { wordSections } from '../report/words.ts';
import { predictInBatches } from '../trainer/evaluation.ts';
import { classAnswer, classSchema, probabilitiesOf } from './class-answer.ts';
import { imageEvidence } from './image-evidence.ts';
import type { ImageShape } from './image-model.ts';
import { augmentations, checkBlocks } from './image-model.ts';
import type { Labelled } from './labelled-images.ts';
import { imagesAt } from './labelled-images.ts';
import type { LabelledPair, LabelledPairs } from './labelled-pairs.ts';
import { pairsHash, splitPairs } from './labelled-pairs.ts';
import type { LearningTask, Tested } from './learning-pipeline.ts';
import { epochLosses, LearningPipeline } from './learning-pipeline.ts';
import { askLoadedModel } from './loaded-model.ts';
import type { MultiModalConfig } from './multi-modal-config.ts';
import { multiModalInputSchema, readMultiModalInput } from './multi-modal-input.ts';
import { createMultiModalModel } from './multi-modal-model.ts';
import type { MultiModalState } from './multi-modal-state.ts';
import { restoreMultiModalState, SPECIAL, storeMultiModalState } from './multi-modal-state.ts';
import { sampleFacts, trainingFacts } from './run-facts.ts';
import { trainTokenizer } from './tokenizer-config.ts';
import { wordEvidence } from './word-evidence.ts';

const PREDICTION_BATCH = 32;
const EVALUATION_BATCH = 256;

/**
 * Tells what a text and an image together are, with a network that reads both. A subclass says where they come from; its
 * `configSchema` holds `multiModalProperties()`. Texts or images are hidden from some training samples, so that the report
 * can tell how well the same model does without either, and a prediction may lack one of both.
 */
export abstract class MultiModalPipeline<Config extends MultiModalConfig> extends LearningPipeline<
  Config,
  LabelledPairs,
  RowsInput,
  ClassPrediction
> {
  override readonly reportSections = classificationSections(['evidence', 'words']);
  /** What the classes are, as predictions name it. */
  protected readonly target: string = 'class';

  /** All texts and images, the images of one size; in any order. */
  protected abstract loadPairs(config: Config): LabelledPairs | Promise<LabelledPairs>;

  /** What a reader of the report should know about this kind of data. */
  protected caveats(): NoteSection[] {
    return [];
  }

  protected override load(config: Config): LabelledPairs | Promise<LabelledPairs> {
    return this.loadPairs(config);
  }

  protected override async prepare(pairs: LabelledPairs, config: Config): Promise<LearningTask> {
    const parts = splitPairs(pairs, config);
    const { train, validation, test } = parts;
    const [, ...shape] = train.shape;
    checkBlocks(shape, config);
    const hash = await pairsHash(pairs);
    const state = stateOf(train, pairs.classNames, config);
    const shares = state.images.class_shares;
    const sizes = { tokens: state.tokenizer.size, classes: shares.length };
    const datasetOf = (part: LabelledPair, change?: Change): TextImageDataset =>
      datasetFrom(tokensOf(part, state), part, state, change);
    return {
      createModel: () => createMultiModalModel(shape, sizes, config, new Generator(config.seed)),
      loss: new CrossEntropyLoss({ labelSmoothing: config.label_smoothing }),
      train: datasetOf(train, {
        augment: augmentations(config),
        seed: config.seed,
        blank: randomBlanking(config.blank_share, config.seed),
      }),
      validation: datasetOf(validation),
      test: datasetOf(test),
      metrics: [new ClassificationMetric()],
      report: async (outputs, record, tested) => {
        const probabilities = probabilitiesOf(outputs);
        const judged = { ...test, probabilities, classNames: pairs.classNames };
        return classificationReport({
          pipelineId: this.id,
          createdAt: new Date(),
          classNames: pairs.classNames,
          test: { probabilities, labels: test.labels },
          majority: shares.indexOf(Math.max(...shares)),
          rivals: await halves(tested, shares.length, (blank) => datasetOf(test, { blank })),
          losses: epochLosses(record.history),
          facts: [
            ...sampleFacts({ train: train.labels, validation: validation.labels, test: test.labels }),
            {
              key: 'size',
              title: { en: 'Size of an image', tr: 'Görüntü boyutu' },
              value: `${shape[2]} × ${shape[1]} × ${shape[0]}`,
            },
            {
              key: 'tokens',
              title: { en: 'Different tokens of the texts', tr: 'Metinlerdeki farklı birimler' },
              value: state.tokenizer.size,
            },
            ...trainingFacts(record, config.seed, hash),
          ],
          caveats: this.caveats(),
          samples: await samplesOf(tested, judged, state),
        });
      },
      preprocessing: storeMultiModalState(state),
      features: ['text', 'pixels'],
      datasetHash: hash,
      inputSchema: multiModalInputSchema(state),
      outputSchema: classSchema(pairs.classNames),
    };
  }

  protected override async answer(
    model: Module,
    preprocessing: Record<string, unknown>,
    input: RowsInput,
  ): Promise<ClassPrediction> {
    const state = restoreMultiModalState(preprocessing);
    const { tokens, images, hidden } = await readMultiModalInput(input, state);
    const labels = new Int32Array(hidden.length);
    const source = datasetFrom(tokens, { ...images, labels }, state, { blank: (index) => hidden[index]! });
    const outputs = state.images.class_names.length;
    const logits = await askLoadedModel(model, source, { outputs, batchSize: PREDICTION_BATCH });
    return classAnswer(logits, {
      pipeline_id: this.id,
      target: this.target,
      classes: state.images.class_names,
      naive: state.images.class_shares,
    });
  }
}

interface Change {
  augment?: readonly ImageTransform[];
  seed?: number;
  blank?: Blanking;
}

/** Only the training part is looked at. */
function stateOf(
  train: LabelledPair,
  classNames: readonly string[],
  config: MultiModalConfig,
): MultiModalState {
  const [count, channels, height, width]: readonly [number, ...ImageShape] = train.shape;
  return {
    images: {
      channels,
      height,
      width,
      ...channelStatistics(train),
      class_names: [...classNames],
      class_shares: classCounts(train.labels, classNames.length).map((samples) => samples / count),
    },
    textLength: config.text_length,
    tokenizer: trainTokenizer(train.texts.join('\n'), config, SPECIAL),
  };
}

function tokensOf({ texts }: LabelledPair, { tokenizer }: MultiModalState): Int32Array[] {
  return texts.map((text) => tokenizer.encode(text));
}

function datasetFrom(
  tokens: readonly Int32Array[],
  images: Labelled,
  state: MultiModalState,
  { blank, ...change }: Change = {},
): TextImageDataset {
  return new TextImageDataset({
    texts: textsFrom(tokens, images.labels, state),
    images: imagesFrom(images, state, change),
    blankToken: state.tokenizer.special('blank'),
    padding: state.tokenizer.special('padding'),
    blank,
  });
}

function textsFrom(
  tokens: readonly Int32Array[],
  labels: ArrayLike<number>,
  { images: { class_names: names }, tokenizer, textLength }: MultiModalState,
): SequenceDataset {
  const padding = tokenizer.special('padding');
  return new SequenceDataset({
    sequences: tokens,
    labels,
    classes: names.length,
    length: textLength,
    padding,
  });
}

function imagesFrom(
  images: Labelled,
  { images: { mean, std, class_names: names } }: MultiModalState,
  change: Omit<Change, 'blank'> = {},
): ImageDataset {
  return new ImageDataset({ ...images, mean, std, classes: names.length, ...change });
}

/** Mistakes and clear answers with the places that speak for them, and the words that do, each while the other half stays. */
async function samplesOf(
  tested: Tested,
  judged: JudgedSamples & LabelledPair,
  state: MultiModalState,
): Promise<ReportSection[]> {
  const tokens = tokensOf(judged, state);
  const mistakes = surestMistakes(judged);
  const examples = clearestSamples(judged);
  const words = textsFrom(tokens, judged.labels, state);
  const heat = await imageEvidence(
    tested,
    imagesFrom(judged, state),
    new Set([...mistakes, ...examples]),
    answersOf(judged),
    (pixels, index) => [words.batch(new Uint32Array(pixels.shape[0]!).fill(index)).input, pixels],
  );
  const { tokenizer, textLength: window } = state;
  const evidence = await wordEvidence(tested, judged, {
    tokens,
    window,
    tokenizer,
    // Not padding: the encoder would take the text for a shorter one.
    cover: tokenizer.special('blank'),
    sourceOf: (changed, index) => {
      const images = imagesAt(judged, new Uint32Array(changed.length).fill(index));
      return datasetFrom(changed, images, state);
    },
  });
  return [
    ...mistakePictures(judged, mistakes, heat),
    evidencePictures(judged, examples, heat),
    ...wordSections(judged, evidence),
  ];
}

/** What the model says of the test part when the text or the image is hidden from it, as it was at times in training. */
async function halves(
  { model, signal }: Tested,
  classes: number,
  datasetOf: (blank: Blanking) => TextImageDataset,
): Promise<Rival[]> {
  const without = async (hidden: 'text' | 'image'): Promise<Int32Array> => {
    const source = datasetOf(() => hidden);
    const { data } = await predictInBatches(model, source, { batchSize: EVALUATION_BATCH, signal });
    return highestClasses(data, classes);
  };
  return [
    {
      key: 'text_alone',
      title: { en: 'The same model without the image', tr: 'Görüntüyü görmeyen aynı model' },
      predicted: await without('image'),
      conclusion: helps({ en: 'image', tr: 'görüntünün' }),
    },
    {
      key: 'image_alone',
      title: { en: 'The same model without the text', tr: 'Metni görmeyen aynı model' },
      predicted: await without('text'),
      conclusion: helps({ en: 'text', tr: 'metnin' }),
    },
  ];
}

/** What follows for this model, which a model that was trained on one of both need not share. */
function helps(hidden: { en: string; tr: string }): NonNullable<Rival['conclusion']> {
  return {
    better: {
      en: `The difference is larger than chance would explain (paired test, 5% level): the ${hidden.en} helps this model.`,
      tr: `Bu fark şansla açıklanamayacak kadar büyük (eşleştirilmiş test, %5 düzeyi): ${hidden.tr} bu modele yararı var.`,
    },
    no_clear_difference: {
      en: `The difference may be chance (paired test, 5% level): nothing here shows that the ${hidden.en} helps this model.`,
      tr: `Bu fark şansla açıklanabilir (eşleştirilmiş test, %5 düzeyi): ${hidden.tr} bu modele yararını gösteren bir şey yok.`,
    },
    worse: {
      en: `The difference is larger than chance would explain (paired test, 5% level): the ${hidden.en} misleads this model.`,
      tr: `Bu fark şansla açıklanamayacak kadar büyük (eşleştirilmiş test, %5 düzeyi): ${hidden.tr} bu modeli yanılttığı görülüyor.`,
    },
  };
}
