import type { TSchema } from 'typebox';
import { CurrentUserSchema, TokenAnswerSchema, TokenRequestSchema } from './account.ts';
import { ErrorEnvelopeSchema } from './common.ts';
import { EventListSchema } from './event.ts';
import {
  CreateExperimentAnswerSchema,
  CreateExperimentRequestSchema,
  ExperimentDetailSchema,
  ExperimentPageSchema,
} from './experiment.ts';
import { ModelDetailSchema, ModelPageSchema, PredictionInputSchema, PredictionSchema } from './model.ts';
import { PipelineDetailSchema, PipelineListSchema } from './pipeline.ts';
import { ReportSchema } from './report.ts';

/** The schemas that the API's description names. */
export const COMPONENTS: Record<string, TSchema> = {
  TokenRequest: TokenRequestSchema,
  TokenAnswer: TokenAnswerSchema,
  CurrentUser: CurrentUserSchema,
  PipelineList: PipelineListSchema,
  PipelineDetail: PipelineDetailSchema,
  CreateExperimentRequest: CreateExperimentRequestSchema,
  CreateExperimentAnswer: CreateExperimentAnswerSchema,
  ExperimentPage: ExperimentPageSchema,
  ExperimentDetail: ExperimentDetailSchema,
  EventList: EventListSchema,
  Report: ReportSchema,
  ModelPage: ModelPageSchema,
  ModelDetail: ModelDetailSchema,
  PredictionInput: PredictionInputSchema,
  Prediction: PredictionSchema,
  ErrorEnvelope: ErrorEnvelopeSchema,
};
