import { Generator } from 'azuraforge-core';
import { channelStatistics, ImageDataset } from '../data/image-dataset.ts';
import { classCounts } from '../data/label-encoder.ts';
import { CrossEntropyLoss } from '../loss/cross-entropy.ts';
import { ClassificationMetric } from '../metric/classification-metric.ts';
import type { Module } from '../nn/module.ts';
import type { ClassPrediction, RowsInput } from '../pipeline.ts';
import type { NoteSection } from '../report.ts';
import { classificationReport, classificationSections } from '../report/classification-report.ts';
import { answersOf, clearestSamples, surestMistakes } from '../report/judged.ts';
import { evidencePictures, mistakePictures } from '../report/pictures.ts';
import { classAnswer, classSchema, probabilitiesOf } from './class-answer.ts';
import type { ImageConfig } from './image-config.ts';
import { imageEvidence } from './image-evidence.ts';
import { imageInputSchema, readImageInput } from './image-input.ts';
import type { ImageShape } from './image-model.ts';
import { augmentations, checkBlocks, createImageModel } from './image-model.ts';
import type { ImageState } from './image-state.ts';
import { restoreImageState } from './image-state.ts';
import type { ImageParts, Labelled, LabelledImages } from './labelled-images.ts';
import { imagesHash, splitImages } from './labelled-images.ts';
import type { LearningTask } from './learning-pipeline.ts';
import { epochLosses, LearningPipeline } from './learning-pipeline.ts';
import { askLoadedModel } from './loaded-model.ts';
import { sampleFacts, trainingFacts } from './run-facts.ts';

/** Images in one batch of a prediction. */
const PREDICTION_BATCH = 32;

/**
 * Tells what is on an image, with a convolutional network that is trained on labelled images. A subclass says where the
 * images come from; its `configSchema` holds `imageProperties()`.
 */
export abstract class ImageClassificationPipeline<Config extends ImageConfig> extends LearningPipeline<
  Config,
  LabelledImages,
  RowsInput,
  ClassPrediction
> {
  override readonly reportSections = classificationSections(['evidence']);
  /** What the classes are, as predictions name it. */
  protected readonly target: string = 'class';

  /** All images, of one size; in any order. */
  protected abstract loadImages(config: Config): LabelledImages | Promise<LabelledImages>;

  /** What a reader of the report should know about this kind of images. */
  protected caveats(): NoteSection[] {
    return [];
  }

  protected override load(config: Config): LabelledImages | Promise<LabelledImages> {
    return this.loadImages(config);
  }

  protected override async prepare(images: LabelledImages, config: Config): Promise<LearningTask> {
    const parts = splitImages(images, config);
    const { train, test } = parts;
    const [, ...shape] = train.shape;
    checkBlocks(shape, config);
    const hash = await imagesHash(images);
    const state = stateOf(parts, images.classNames);
    const shares = state.class_shares;
    const testImages = datasetOf(test, state);
    const change = {
      augment: augmentations(config),
      ...(config.augment_mixup > 0 && { mixup: { alpha: config.augment_mixup } }),
      seed: config.seed,
    };
    return {
      createModel: () => createImageModel(shape, shares.length, config, new Generator(config.seed)),
      loss: new CrossEntropyLoss({ labelSmoothing: config.label_smoothing }),
      train: datasetOf(train, state, change),
      validation: datasetOf(parts.validation, state),
      test: testImages,
      metrics: [new ClassificationMetric()],
      report: async (outputs, record, tested) => {
        const probabilities = probabilitiesOf(outputs);
        const judged = { ...test, probabilities, classNames: images.classNames };
        const mistakes = surestMistakes(judged);
        const examples = clearestSamples(judged);
        const shown = new Set([...mistakes, ...examples]);
        const heat = await imageEvidence(tested, testImages, shown, answersOf(judged));
        return classificationReport({
          pipelineId: this.id,
          createdAt: new Date(),
          classNames: images.classNames,
          test: { probabilities, labels: test.labels },
          majority: shares.indexOf(Math.max(...shares)),
          losses: epochLosses(record.history),
          facts: [
            ...sampleFacts({
              train: train.labels,
              validation: parts.validation.labels,
              test: test.labels,
            }),
            {
              key: 'size',
              title: { en: 'Size of an image', tr: 'Görüntü boyutu' },
              value: `${shape[2]} × ${shape[1]} × ${shape[0]}`,
            },
            ...trainingFacts(record, config.seed, hash),
          ],
          caveats: this.caveats(),
          samples: [...mistakePictures(judged, mistakes, heat), evidencePictures(judged, examples, heat)],
        });
      },
      preprocessing: state,
      features: ['pixels'],
      datasetHash: hash,
      inputSchema: imageInputSchema(state),
      outputSchema: classSchema(images.classNames),
    };
  }

  protected override async answer(
    model: Module,
    preprocessing: Record<string, unknown>,
    input: RowsInput,
  ): Promise<ClassPrediction> {
    const state = restoreImageState(preprocessing);
    const images = await readImageInput(input, state);
    const source = datasetOf({ ...images, labels: new Int32Array(images.shape[0]) }, state);
    const outputs = state.class_names.length;
    const logits = await askLoadedModel(model, source, { outputs, batchSize: PREDICTION_BATCH });
    return classAnswer(logits, {
      pipeline_id: this.id,
      target: this.target,
      classes: state.class_names,
      naive: state.class_shares,
    });
  }
}

/** Only the training part is looked at. */
function stateOf({ train }: ImageParts, classNames: readonly string[]): ImageState {
  const [count, channels, height, width]: readonly [number, ...ImageShape] = train.shape;
  return {
    channels,
    height,
    width,
    ...channelStatistics(train),
    class_names: [...classNames],
    class_shares: classCounts(train.labels, classNames.length).map((samples) => samples / count),
  };
}

function datasetOf(
  images: Labelled,
  { mean, std, class_names: classNames }: ImageState,
  change: Partial<ConstructorParameters<typeof ImageDataset>[0]> = {},
): ImageDataset {
  return new ImageDataset({ ...images, mean, std, classes: classNames.length, ...change });
}
