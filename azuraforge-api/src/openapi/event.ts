import type { ExperimentEvent, ExperimentEventBody, Items } from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { CLOSED, Id, nullable, Seq, Time } from './common.ts';
import { RunErrorSchema, Status } from './experiment.ts';
import { shape } from './shape.ts';

const Count = Type.Integer({ minimum: 0 });

const GradientNorm = Type.Number({
  description: 'Of all gradients together before clipping, at the newest step.',
});

const Body = shape<ExperimentEventBody>()(
  Type.Union([
    Type.Object(
      {
        type: Type.Literal('stage'),
        stage: Type.Enum(['loading', 'preparing', 'training', 'evaluating', 'saving']),
      },
      CLOSED,
    ),
    Type.Object(
      {
        type: Type.Literal('run'),
        epochs: Count,
        batches_per_epoch: Count,
        parameters: Count,
        train_samples: Count,
        validation_samples: Count,
        test_samples: Count,
        device: Type.String(),
        adapter: nullable(Type.String()),
        seed: Type.Integer(),
      },
      CLOSED,
    ),
    Type.Object(
      {
        type: Type.Literal('batch'),
        epoch: Count,
        epochs: Count,
        batch: Count,
        batches: Count,
        loss: Type.Number(),
        learning_rate: Type.Optional(Type.Number()),
        gradient_norm: Type.Optional(GradientNorm),
        fraction: Type.Number(),
      },
      CLOSED,
    ),
    Type.Object(
      {
        type: Type.Literal('epoch'),
        epoch: Count,
        epochs: Count,
        train_loss: Type.Number(),
        validation_loss: nullable(Type.Number()),
        metrics: Type.Record(Type.String(), Type.Number()),
        learning_rate: Type.Number(),
        gradient_norm: Type.Optional(GradientNorm),
        seconds: Type.Number(),
        best: Type.Boolean(),
        fraction: Type.Number(),
      },
      CLOSED,
    ),
    Type.Object(
      {
        type: Type.Literal('preview'),
        epoch: Count,
        target: Type.String(),
        unit: Type.Optional(Type.String()),
        labels: Type.Array(Type.String()),
        actual: Type.Array(Type.Number()),
        predicted: Type.Array(Type.Number()),
      },
      CLOSED,
    ),
    Type.Object(
      { type: Type.Literal('early_stop'), epoch: Count, best_epoch: Count, patience: Count },
      CLOSED,
    ),
    Type.Object(
      { type: Type.Literal('log'), level: Type.Enum(['info', 'warn', 'error']), message: Type.String() },
      CLOSED,
    ),
    Type.Object(
      {
        type: Type.Literal('status'),
        status: Status,
        error: Type.Optional(RunErrorSchema),
        model_id: Type.Optional(Id),
      },
      CLOSED,
    ),
  ]),
);

const ExperimentEventSchema = shape<ExperimentEvent>()(
  Type.Object(
    { experiment_id: Id, task_id: Id, seq: Seq, attempt: Type.Integer(), at: Time, body: Body },
    { ...CLOSED, description: 'seq counts from 1 without gaps within an experiment.' },
  ),
);

export const EventListSchema = shape<Items<ExperimentEvent>>()(
  Type.Object({ items: Type.Array(ExperimentEventSchema) }, CLOSED),
);
