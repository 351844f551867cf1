export type { Callback, TrainingMoment } from './callback.ts';
export {
  ArgumentError,
  CancelledError,
  ConfigError,
  DataError,
  DivergedError,
  LearnerError,
  ModelFileError,
  PredictionInputError,
} from './error.ts';
export type { FieldProblem } from './error.ts';
export type { EventOf, TrainingEvent } from './event.ts';

export { HuberLoss, L1Loss, MSELoss } from './loss.ts';
export type { Loss, LossOptions, Reduction } from './loss.ts';
export { BCEWithLogitsLoss } from './loss/bce-with-logits.ts';
export { CrossEntropyLoss, NLLLoss } from './loss/cross-entropy.ts';
export type { CrossEntropyLossOptions, NLLLossOptions } from './loss/cross-entropy.ts';
export { KLDivLoss } from './loss/kl-div.ts';
export type { KLDivLossOptions } from './loss/kl-div.ts';
export { TokenCrossEntropyLoss } from './loss/token-cross-entropy.ts';
export { QuantileLoss } from './loss/quantile.ts';
export type { Metric } from './metric.ts';
export { MeanAbsoluteError } from './metric/mean-absolute-error.ts';

export {
  ELU,
  GELU,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  Identity,
  LeakyReLU,
  LogSigmoid,
  Mish,
  PReLU,
  ReLU,
  ReLU6,
  SELU,
  SiLU,
  Sigmoid,
  Softplus,
  Softsign,
  Tanh,
} from './nn/activation.ts';
export { Branches } from './nn/branches.ts';
export { Attention } from './nn/attention.ts';
export type { AttentionCall } from './nn/attention.ts';
export { KeyValueCache } from './nn/attention/key-value-cache.ts';
export type { AttentionMasks } from './nn/attention/mask.ts';
export { Conv1d, Conv2d, ConvTranspose2d } from './nn/convolution.ts';
export type { Conv1dOptions, Conv2dOptions, ConvTranspose2dOptions } from './nn/convolution.ts';
export { Dropout } from './nn/dropout.ts';
export { Embedding } from './nn/embedding.ts';
export type { EmbeddingOptions } from './nn/embedding.ts';
export { Flatten } from './nn/flatten.ts';
export { GPT } from './nn/gpt.ts';
export type { GPTOptions } from './nn/gpt.ts';
export { GRU } from './nn/gru.ts';
export type { GRUCall, GRUResult } from './nn/gru.ts';
export * as init from './nn/init.ts';
export { LastStep } from './nn/last-step.ts';
export { Linear } from './nn/linear.ts';
export type { LinearOptions } from './nn/linear.ts';
export { LSTM } from './nn/lstm.ts';
export type { LSTMCall, LSTMOptions, LSTMResult } from './nn/lstm.ts';
export { Module } from './nn/module.ts';
export type { LayerDescription, Named } from './nn/module.ts';
export { MultiHeadAttention } from './nn/multi-head-attention.ts';
export type { MultiHeadAttentionCall, MultiHeadAttentionOptions } from './nn/multi-head-attention.ts';
export { BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm } from './nn/normalization.ts';
export type { BatchNormOptions, GroupNormOptions, LayerNormOptions } from './nn/normalization.ts';
export { AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from './nn/pool.ts';
export { LearnedPositionalEncoding, SinusoidalPositionalEncoding } from './nn/positional-encoding.ts';
export type { RecurrentOptions, SequenceOptions } from './nn/recurrent.ts';
export type { Lengths } from './nn/recurrent/lengths.ts';
export { Residual } from './nn/residual.ts';
export { RNN } from './nn/rnn.ts';
export type { RNNCall, RNNOptions, RNNResult } from './nn/rnn.ts';
export { SequenceEncoder } from './nn/sequence-encoder.ts';
export type { SequenceEncoderOptions } from './nn/sequence-encoder.ts';
export { Sequential } from './nn/sequential.ts';
export { LogSoftmax, Softmax } from './nn/softmax.ts';
export type { TensorData } from './nn/state.ts';
export { summary } from './nn/summary.ts';
export type { LayerSummary, ModelSummary } from './nn/summary.ts';
export { TableEmbedding } from './nn/table-embedding.ts';
export type { EmbeddedColumn } from './nn/table-embedding.ts';
export { TextClassifier } from './nn/text-classifier.ts';
export type { TextClassifierOptions } from './nn/text-classifier.ts';
export { TransformerDecoder, TransformerDecoderLayer } from './nn/transformer-decoder.ts';
export type { DecoderCall } from './nn/transformer-decoder.ts';
export { TransformerEncoder, TransformerEncoderLayer } from './nn/transformer-encoder.ts';
export type { EncoderCall } from './nn/transformer-encoder.ts';
export type { TransformerStackOptions } from './nn/transformer/stack.ts';
export type { TransformerLayerOptions } from './nn/transformer/feed-forward.ts';

export { Adagrad } from './optim/adagrad.ts';
export type { AdagradOptions } from './optim/adagrad.ts';
export { Adam } from './optim/adam.ts';
export type { AdamOptions } from './optim/adam.ts';
export { AdamW } from './optim/adamw.ts';
export { clipGradValue, gradientNorm } from './optim/gradient.ts';
export { Optimizer } from './optim/optimizer.ts';
export type { OptimizerGroup, OptimizerState, ParameterGroup, Slots } from './optim/optimizer.ts';
export { RMSprop } from './optim/rmsprop.ts';
export type { RMSpropOptions } from './optim/rmsprop.ts';
export { FormulaScheduler } from './optim/scheduler.ts';
export type { RateFormula, Scheduler, SchedulerState } from './optim/scheduler.ts';
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from './optim/scheduler/cosine.ts';
export { ExponentialLR, MultiStepLR, StepLR } from './optim/scheduler/decay.ts';
export { LinearLR } from './optim/scheduler/linear.ts';
export type { LinearLROptions } from './optim/scheduler/linear.ts';
export { OneCycleLR } from './optim/scheduler/one-cycle.ts';
export type { OneCycleLROptions } from './optim/scheduler/one-cycle.ts';
export { ReduceLROnPlateau } from './optim/scheduler/plateau.ts';
export type { ReduceLROnPlateauOptions } from './optim/scheduler/plateau.ts';
export { SequentialLR } from './optim/scheduler/sequential.ts';
export { SGD } from './optim/sgd.ts';
export type { SGDOptions } from './optim/sgd.ts';
export { WeightAverage } from './optim/weight-average.ts';

export { Trainer } from './trainer.ts';
export type {
  CheckpointOptions,
  EpochEnd,
  EpochRecord,
  FitOptions,
  TrainerOptions,
  TrainingHistory,
} from './trainer.ts';
export { checkpointWeights } from './trainer/checkpoint.ts';
export type { CheckpointStore } from './trainer/checkpoint-store.ts';
export { ArrayDataset } from './trainer/dataset.ts';
export type { ArrayValues, Dataset, InputSource, ModelInput, Values } from './trainer/dataset.ts';
export type { EarlyStopping } from './trainer/early-stopping.ts';
export { predictInBatches } from './trainer/evaluation.ts';
export type { BatchedOptions, Evaluation } from './trainer/evaluation.ts';

export { DESCRIPTION_FILE, WEIGHTS_FILE, loadModel, saveModel } from './model-file.ts';
export type { SavedModel } from './model-file.ts';
export { buildModel } from './model-file/architecture.ts';
export type { BuildOptions } from './model-file/architecture.ts';
export { layerType } from './model-file/layer-type.ts';
export type { BuildContext, LayerType, LayerTypes } from './model-file/layer-type.ts';
export { builtinLayers } from './model-file/layer-types.ts';
export type { ModelDescription } from './model-file/model-json.ts';
export { readSafetensors, writeSafetensors } from './model-file/safetensors.ts';
export type { SafetensorsFile } from './model-file/safetensors.ts';

export { nextLabels } from './data/calendar.ts';
export type { CalendarCycle, Frequency } from './data/calendar.ts';
export type { ChangeKind } from './data/change.ts';
export { datasetHash } from './data/dataset-hash.ts';
export { featureMatrix } from './data/feature.ts';
export type { FeatureSpec } from './data/feature.ts';
export { matrixValues } from './data/matrix.ts';
export type { Matrix } from './data/matrix.ts';
export { MinMaxScaler, Scaler, StandardScaler } from './data/scaler.ts';
export type { ScalerKind, ScalerState } from './data/scaler.ts';
export { SeriesTable } from './data/series-table.ts';
export type { SeriesTableOptions } from './data/series-table.ts';
export { chronologicalSplit, windowOrigins } from './data/split.ts';
export type { ChronologicalSplit, WindowOrigins, WindowShape } from './data/split.ts';
export { WindowDataset } from './data/window-dataset.ts';
export type { WindowDatasetOptions } from './data/window-dataset.ts';
export { adjustBrightness, adjustContrast, adjustSaturation, colorJitter } from './data/augment/color.ts';
export type { ColorJitterOptions } from './data/augment/color.ts';
export {
  cutout,
  randomCrop,
  randomHorizontalFlip,
  randomRotation,
  randomVerticalFlip,
  rotate,
} from './data/augment/image.ts';
export type { ImagePlanes, ImageTransform } from './data/augment/image.ts';
export { mixup, oneHot } from './data/augment/mixup.ts';
export { jitter, scaling, windowWarp } from './data/augment/series.ts';
export type { SeriesTransform, SeriesWindow } from './data/augment/series.ts';
export type { BatchSource, HostBatch, HostInput } from './data/batch-source.ts';
export { readIdx } from './data/idx.ts';
export { decodeMuLaw, encodeMuLaw } from './data/mu-law.ts';
export { encodeWav } from './data/wav-encoder.ts';
export type { Sound } from './data/wav-decoder.ts';
export { channelStatistics, ImageDataset } from './data/image-dataset.ts';
export type { ImageBytes, ImageDatasetOptions } from './data/image-dataset.ts';
export { LabelEncoder } from './data/label-encoder.ts';
export { PrefetchedDataset } from './data/prefetched-dataset.ts';
export { randomSplit, stratifiedSplit } from './data/random-split.ts';
export type { IndexSplit, SplitFractions } from './data/random-split.ts';
export { randomBlanking, TextImageDataset } from './data/text-image-dataset.ts';
export type { Blanking, TextImageDatasetOptions } from './data/text-image-dataset.ts';
export { SequenceDataset } from './data/sequence-dataset.ts';
export type { SequenceDatasetOptions } from './data/sequence-dataset.ts';
export { Subset } from './data/subset.ts';
export { Table } from './data/table.ts';
export type { TableColumns } from './data/table.ts';
export { TableEncoder } from './data/table-encoder.ts';
export type { TableEncoderOptions, TableEncoderState } from './data/table-encoder.ts';
export { TokenDataset } from './data/token-dataset.ts';
export type { TokenDatasetOptions } from './data/token-dataset.ts';
export { readTokenizer } from './data/tokenizer.ts';
export type { Tokenizer, TokenizerState } from './data/tokenizer.ts';
export { BytePairTokenizer } from './data/tokenizer/byte-pair.ts';
export { CharacterTokenizer } from './data/tokenizer/character.ts';

export { NaiveBayes } from './baseline/naive-bayes.ts';
export type { NaiveBayesOptions } from './baseline/naive-bayes.ts';
export { KneserNey } from './baseline/kneser-ney.ts';
export type { Discounts, KneserNeyOptions } from './baseline/kneser-ney.ts';
export { generateTokens } from './generation/generate-tokens.ts';
export type { GenerationOptions } from './generation/generate-tokens.ts';
export { tokenProbabilities } from './generation/next-token.ts';
export type { SamplingOptions } from './generation/next-token.ts';

export { calibration } from './metric/calibration.ts';
export type { Calibration, CalibrationBin } from './metric/calibration.ts';
export { ClassificationMetric } from './metric/classification-metric.ts';
export { classificationScores } from './metric/classification.ts';
export type { AveragedScores, ClassificationScores, ClassScores } from './metric/classification.ts';
export { CollectedMetric } from './metric/collected-metric.ts';
export { confusionMatrix, highestClasses } from './metric/confusion-matrix.ts';
export type { ConfusionMatrix } from './metric/confusion-matrix.ts';
export { precisionRecallCurve, rocAreas, rocCurve } from './metric/curve.ts';
export type { OneVersusRest, PrecisionRecallCurve, RocCurve } from './metric/curve.ts';
export { intervalCoverage, intervalWidth, pinballLoss } from './metric/interval.ts';
export { perplexity } from './metric/perplexity.ts';
export { naiveSquaredScale, r2, r2OnDifferences, rmsse } from './metric/regression.ts';

export type {
  DifferentiableModel,
  ExplainOptions,
  FeatureAttribution,
  FeatureValue,
  HeatMap,
  OutputOptions,
  PredictFunction,
  Predictor,
  ValueAttribution,
} from './explain.ts';
export { attentionMaps } from './explain/attention-maps.ts';
export type { AttentionMap } from './explain/attention-maps.ts';
export { featuresAlongAxis, gridFeatures } from './explain/features.ts';
export type { FeatureGroups, Features } from './explain/features.ts';
export { gradientShap } from './explain/gradient-shap.ts';
export type { GradientShapOptions } from './explain/gradient-shap.ts';
export { heatMap, sumByFeature } from './explain/heat-map.ts';
export { integratedGradients } from './explain/integrated-gradients.ts';
export type { IntegratedGradientsOptions } from './explain/integrated-gradients.ts';
export { kernelShap } from './explain/kernel-shap.ts';
export type { KernelShapOptions } from './explain/kernel-shap.ts';
export { limeImage } from './explain/lime-image.ts';
export type { LimeImageExplanation, LimeImageOptions } from './explain/lime-image.ts';
export { limeTabular } from './explain/lime-tabular.ts';
export type { LimeExplanation, LimeFeature, LimeTabularOptions } from './explain/lime-tabular.ts';
export { occlusion } from './explain/occlusion.ts';
export type { OcclusionOptions } from './explain/occlusion.ts';
export { permutationImportance } from './explain/permutation-importance.ts';
export type {
  FeatureImportance,
  PermutationImportance,
  PermutationOptions,
} from './explain/permutation-importance.ts';

export { Pipeline } from './pipeline.ts';
export type {
  AnyPipeline,
  AudioInput,
  AudioPrediction,
  ClassPrediction,
  GenerationInput,
  JsonSchema,
  ModelFiles,
  Placement,
  Prediction,
  PredictionInput,
  RowsInput,
  TextPrediction,
  TrainingResult,
  TrainingRun,
  ValuePrediction,
} from './pipeline.ts';
export { generationProperties } from './pipeline/generation-config.ts';
export type { GenerationConfig } from './pipeline/generation-config.ts';
export { audioProperties } from './pipeline/audio-config.ts';
export type { AudioConfig } from './pipeline/audio-config.ts';
export { AudioGenerationPipeline } from './pipeline/audio-generation-pipeline.ts';
export type { Recording } from './pipeline/recordings.ts';
export { ImageClassificationPipeline } from './pipeline/image-classification-pipeline.ts';
export { imageProperties } from './pipeline/image-config.ts';
export type { ImageConfig } from './pipeline/image-config.ts';
export type { Labelled, LabelledImages } from './pipeline/labelled-images.ts';
export { inputImportance } from './pipeline/input-importance.ts';
export type { KnownInputs } from './pipeline/input-importance.ts';
export type { LabelledText, LabelledTexts } from './pipeline/labelled-texts.ts';
export { LearningPipeline } from './pipeline/learning-pipeline.ts';
export type { LearningTask, RunRecord, Tested } from './pipeline/learning-pipeline.ts';
export type { LabelledPair, LabelledPairs } from './pipeline/labelled-pairs.ts';
export { multiModalProperties } from './pipeline/multi-modal-config.ts';
export type { MultiModalConfig } from './pipeline/multi-modal-config.ts';
export { MultiModalPipeline } from './pipeline/multi-modal-pipeline.ts';
export type { SeriesDescription } from './pipeline/series-description.ts';
export { timeSeriesProperties } from './pipeline/time-series-config.ts';
export type { TimeSeriesConfig } from './pipeline/time-series-config.ts';
export type { TableDescription } from './pipeline/table-description.ts';
export { tabularProperties } from './pipeline/tabular-config.ts';
export type { TabularConfig } from './pipeline/tabular-config.ts';
export { TabularPipeline } from './pipeline/tabular-pipeline.ts';
export { TextClassificationPipeline } from './pipeline/text-classification-pipeline.ts';
export { textProperties } from './pipeline/text-config.ts';
export type { TextConfig } from './pipeline/text-config.ts';
export { TextGenerationPipeline } from './pipeline/text-generation-pipeline.ts';
export { TimeSeriesPipeline } from './pipeline/time-series-pipeline.ts';
export { trainingProperties } from './pipeline/training-config.ts';
export type { TrainingConfig } from './pipeline/training-config.ts';

export type {
  BarsSection,
  ChartSection,
  FactsSection,
  HeatMapSection,
  LocalizedText,
  NoteSection,
  PicturesSection,
  Report,
  ReportSection,
  ScoresSection,
} from './report.ts';
export { MAX_HEAT_MAP_SIDE, MAX_PICTURE_SIDE } from './report.ts';
export { CLASSIFICATION_SECTIONS, classificationReport } from './report/classification-report.ts';
export type { ClassificationReportInput } from './report/classification-report.ts';
export { accuracy, naiveScale } from './report/accuracy.ts';
export type { Accuracy } from './report/accuracy.ts';
export { compareErrors, comparePairs } from './report/comparison.ts';
export type { Comparison } from './report/comparison.ts';
export { barsSection, heatMapSection } from './report/explanation.ts';
export type { BarsText, HeatMapText } from './report/explanation.ts';
export { forecastReport } from './report/forecast-report.ts';
export type { ForecastReportInput } from './report/forecast-report.ts';
export type { Importance } from './report/importance.ts';
export { GENERATION_SECTIONS, generationReport } from './report/generation-report.ts';
export type { GenerationReportInput } from './report/generation-report.ts';
export { regressionReport } from './report/regression-report.ts';
export type { RegressionReportInput } from './report/regression-report.ts';
export { scoreForecasts } from './report/forecast-scores.ts';
export type { ForecastScores, TestForecasts } from './report/forecast-scores.ts';
