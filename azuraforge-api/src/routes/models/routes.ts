import {
  PAGE_LIMIT,
  type ModelDetail,
  type ModelListItem,
  type Page,
  type Prediction,
  type PredictionInput,
} from 'azuraforge-dbmodels/contract';
import { protectedRoute, type Route } from '../../http/route.ts';
import { ModelDetailSchema, ModelPageSchema, PredictionSchema } from '../../openapi/model.ts';
import { readPage } from '../../page.ts';
import { predict, PREDICTION_BODY, PREDICTION_ERRORS, takePredictionPlace } from '../../prediction.ts';
import { ModelListQuery } from './dto.ts';
import { findModel, visibleModels } from './find.ts';
import { presentModelDetail, presentModelListItem } from './presenter.ts';

const list = protectedRoute<object, ModelListQuery>({
  method: 'get',
  path: '/models',
  operationId: 'listModels',
  tag: 'models',
  summary: 'Trained models, newest first',
  permission: 'models:read',
  query: ModelListQuery,
  answer: { status: 200, schema: ModelPageSchema, description: 'One page.' },
  errors: [],
  handle({ user, query: { cursor, limit = PAGE_LIMIT.default }, services }): Promise<Page<ModelListItem>> {
    return readPage(visibleModels(services, user), { cursor, limit }, presentModelListItem);
  },
});

const show = protectedRoute({
  method: 'get',
  path: '/models/{id}',
  operationId: 'getModel',
  tag: 'models',
  summary: 'One model with its input schema',
  permission: 'models:read',
  answer: { status: 200, schema: ModelDetailSchema, description: 'The model.' },
  errors: ['MODEL_NOT_FOUND'],
  async handle({ user, id, services }): Promise<ModelDetail> {
    return presentModelDetail(await findModel(services, user, id));
  },
});

const predictFromModel = protectedRoute<PredictionInput>({
  method: 'post',
  path: '/models/{id}/predict',
  operationId: 'predictFromModel',
  tag: 'models',
  summary: 'Ask a model',
  permission: 'models:predict',
  takePlace: takePredictionPlace,
  body: PREDICTION_BODY,
  answer: { status: 200, schema: PredictionSchema, description: 'The answer.' },
  errors: PREDICTION_ERRORS,
  async handle({ user, id, body, requestId, services }): Promise<Prediction> {
    return predict(services, await findModel(services, user, id), body, requestId);
  },
});

export const modelRoutes: Route[] = [list, show, predictFromModel];
