import type { Prediction, PredictionInput } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../error.ts';
import { protectedRoute } from '../../http/route.ts';
import { PredictionSchema } from '../../openapi/model.ts';
import { predict, PREDICTION_BODY, PREDICTION_ERRORS, takePredictionPlace } from '../../prediction.ts';
import { findModel } from '../models/find.ts';
import { findExperiment } from './find.ts';

export const predictFromExperiment = protectedRoute<PredictionInput>({
  method: 'post',
  path: '/experiments/{id}/predict',
  operationId: 'predictFromExperiment',
  tag: 'experiments',
  summary: 'Ask the model of an experiment',
  permission: 'models:predict',
  takePlace: takePredictionPlace,
  body: PREDICTION_BODY,
  answer: { status: 200, schema: PredictionSchema, description: 'The answer.' },
  errors: ['EXPERIMENT_NOT_FOUND', 'EXPERIMENT_NOT_FINISHED', ...PREDICTION_ERRORS],
  async handle({ user, id, body, requestId, services }): Promise<Prediction> {
    const experiment = await findExperiment(services, user, id);
    if (!experiment.model) {
      throw new ApiError(
        'EXPERIMENT_NOT_FINISHED',
        `This experiment has no model: it is ${experiment.status}. Wait for SUCCESS, or start it again.`,
      );
    }
    return predict(services, await findModel(services, user, experiment.model.id), body, requestId);
  },
});
