export type { PluginManifest } from './plugin/manifest.ts';
export { PLUGIN_API_VERSION, readPluginManifest } from './plugin/manifest.ts';
export { PipelineContractError } from './plugin/expectation.ts';
export type { PipelineCheck, PipelineCheckOptions } from './plugin/pipeline-checks.ts';
export { pipelineChecks, testPipeline } from './plugin/pipeline-checks.ts';
export type { EventOf, TrainingEvent } from './event.ts';
export type {
  AnyPipeline,
  AudioInput,
  AudioPrediction,
  ClassPrediction,
  GenerationInput,
  JsonSchema,
  ModelFiles,
  Pipeline,
  Placement,
  Prediction,
  PredictionInput,
  RowsInput,
  TextPrediction,
  TrainingResult,
  TrainingRun,
  ValuePrediction,
} from './pipeline.ts';
export type {
  ChartSection,
  FactsSection,
  LocalizedText,
  NoteSection,
  PicturesSection,
  Report,
  ReportSection,
  ScoresSection,
} from './report.ts';
