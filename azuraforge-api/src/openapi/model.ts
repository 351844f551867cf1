import type {
  AudioPrediction,
  ClassPrediction,
  Forecast,
  ModelDetail,
  ModelListItem,
  OtherPrediction,
  Page,
  Prediction,
  PredictionInput,
  TextPrediction,
  ValuePrediction,
} from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { CLOSED, Id, JsonSchema, nullable, pageOf, Summary, Time } from './common.ts';
import { shape } from './shape.ts';

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
  Type.Record(Type.String(), Type.Unknown(), {
    description: "What the model's own input_schema asks for, and checked against it.",
  }),
);

const asked = { pipeline_id: Type.String() };
const target = { target: Type.String(), unit: Type.Optional(Type.String()) };

const ForecastSchema = shape<Forecast>()(
  Type.Object(
    {
      ...asked,
      ...target,
      history: Type.Array(Type.Object({ label: Type.String(), value: Type.Number() }, CLOSED)),
      steps: Type.Array(
        Type.Object({ label: Type.String(), value: Type.Number(), naive: Type.Number() }, CLOSED),
      ),
    },
    { description: 'A forecast beside the naive one.' },
  ),
);

const Share = Type.Number({ minimum: 0, maximum: 1 });

const ClassPredictionSchema = shape<ClassPrediction>()(
  Type.Object(
    {
      ...asked,
      target: Type.String(),
      classes: Type.Array(Type.String()),
      rows: Type.Array(
        Type.Object(
          {
            label: Type.String(),
            probabilities: Type.Array(Share, { description: 'In the order of classes.' }),
            cut_tokens: Type.Optional(
              Type.Integer({
                minimum: 0,
                description: 'Tokens at the end of a long text that were not read.',
              }),
            ),
          },
          CLOSED,
        ),
      ),
      naive: Type.Array(Share, { description: 'Shares of the classes in the training data.' }),
    },
    { description: 'The class of each row that was sent.' },
  ),
);

const ValuePredictionSchema = shape<ValuePrediction>()(
  Type.Object(
    {
      ...asked,
      ...target,
      rows: Type.Array(Type.Object({ value: Type.Number() }, CLOSED)),
      naive: Type.Number({ description: 'Median of the training data.' }),
    },
    { description: 'A number for each row that was sent.' },
  ),
);

const Count = Type.Integer({ minimum: 0 });

const TextPredictionSchema = shape<TextPrediction>()(
  Type.Object(
    {
      ...asked,
      prompt: Type.String(),
      text: Type.String({ description: 'What follows the prompt.' }),
      tokens: Count,
      prompt_tokens: Count,
      cut_tokens: {
        ...Count,
        description: 'Tokens at the start of a long prompt that the model did not see.',
      },
      seed: Count,
    },
    { description: 'A text that goes on after the prompt.' },
  ),
);

const AudioPredictionSchema = shape<AudioPrediction>()(
  Type.Object(
    {
      ...asked,
      wav: Type.String({ contentEncoding: 'base64', contentMediaType: 'audio/wav' }),
      sample_rate: Count,
      samples: Count,
      prompt_samples: Count,
      seed: Count,
    },
    { description: 'A sound.' },
  ),
);

const OtherPredictionSchema = shape<OtherPrediction>()(
  Type.Object(asked, { description: "What a plugin's own pipeline answers." }),
);

export const PredictionSchema = shape<Prediction>()(
  Type.Union(
    [
      ForecastSchema,
      ClassPredictionSchema,
      ValuePredictionSchema,
      TextPredictionSchema,
      AudioPredictionSchema,
      OtherPredictionSchema,
    ],
    { description: "The model's answer; what it is shows in the fields that it holds." },
  ),
);
