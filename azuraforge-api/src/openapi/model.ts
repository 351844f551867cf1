import type {
  ModelDetail,
  ModelListItem,
  Page,
  Prediction,
  PredictionInput,
} from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { CLOSED, Id, JsonSchema, nullable, pageOf, Summary, Time } from './common.ts';
import { shape } from './shape.ts';

export const MOST_ROWS = 10_000;

const listed = {
  id: Id,
  experiment_id: Id,
  pipeline_id: Type.String(),
  name: Type.String(),
  summary: nullable(Summary),
  created_at: Time,
};

const ModelListItemSchema = shape<ModelListItem>()(Type.Object(listed, CLOSED));

export const ModelPageSchema = shape<Page<ModelListItem>>()(pageOf(ModelListItemSchema));

export const ModelDetailSchema = shape<ModelDetail>()(
  Type.Object({ ...listed, input_schema: JsonSchema, size_bytes: Type.Integer({ minimum: 0 }) }, CLOSED),
);

export const PredictionInputSchema = shape<PredictionInput>()(
  Type.Object(
    {
      steps: Type.Optional(
        Type.Integer({ minimum: 1, description: "Steps ahead; the model's full horizon when left out." }),
      ),
      rows: Type.Optional(
        Type.Array(Type.Record(Type.String(), Type.Unknown()), {
          maxItems: MOST_ROWS,
          description: 'The latest observations, oldest first; the end of the training data when left out.',
        }),
      ),
    },
    { ...CLOSED, description: "Also checked against the model's own input_schema." },
  ),
);

export const PredictionSchema = shape<Prediction>()(
  Type.Object(
    {
      pipeline_id: Type.String(),
      target: Type.String(),
      unit: Type.Optional(Type.String()),
      history: Type.Array(Type.Object({ label: Type.String(), value: Type.Number() }, CLOSED)),
      steps: Type.Array(
        Type.Object({ label: Type.String(), value: Type.Number(), naive: Type.Number() }, CLOSED),
      ),
    },
    { ...CLOSED, description: 'A forecast beside the naive one.' },
  ),
);
