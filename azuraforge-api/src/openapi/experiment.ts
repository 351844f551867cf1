import {
  EXPERIMENT_STATUSES,
  RUN_ERROR_CODES,
  type CreateExperimentAnswer,
  type CreateExperimentRequest,
  type ExperimentDetail,
  type ExperimentListItem,
  type ExperimentProgress,
  type ReportSummary,
  type Page,
  type RunError,
} from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { CLOSED, Id, nullable, pageOf, Seq, Summary, Time } from './common.ts';
import { shape } from './shape.ts';

/** Visible text on one line; control characters, NUL among them, belong in no name. */
export const ONE_LINE = /^(?=.*\S)[^\p{Cc}\p{Cs}]+$/u;

export const Status = Type.Enum([...EXPERIMENT_STATUSES]);

export const RunErrorSchema = shape<RunError>()(
  Type.Object({ code: Type.Enum([...RUN_ERROR_CODES]), message: Type.String() }, CLOSED),
);

const Progress = shape<ExperimentProgress>()(
  Type.Object(
    { fraction: Type.Number({ minimum: 0, maximum: 1 }), epoch: Type.Integer(), epochs: Type.Integer() },
    CLOSED,
  ),
);

const SummarySchema = shape<ReportSummary>()(Summary);

const listed = {
  id: Id,
  task_id: { ...Id, description: 'What sockets subscribe to.' },
  name: Type.String(),
  pipeline_id: Type.String(),
  status: Status,
  attempt: Type.Integer({ description: 'How often a worker has started it.' }),
  progress: nullable(Progress),
  summary: nullable(SummarySchema),
  error: nullable(RunErrorSchema),
  device: nullable(Type.String()),
  adapter: nullable(Type.String()),
  model_id: nullable(Id),
  created_by: Type.String({ description: 'Username of the owner.' }),
  cancel_requested: Type.Boolean(),
  created_at: Time,
  started_at: nullable(Time),
  finished_at: nullable(Time),
};

const ExperimentListItemSchema = shape<ExperimentListItem>()(Type.Object(listed, CLOSED));

export const ExperimentPageSchema = shape<Page<ExperimentListItem>>()(pageOf(ExperimentListItemSchema));

export const ExperimentDetailSchema = shape<ExperimentDetail>()(
  Type.Object(
    {
      ...listed,
      config: Type.Record(Type.String(), Type.Unknown()),
      plugin: Type.Object({ name: Type.String(), version: Type.String() }, CLOSED),
      last_seq: Seq,
    },
    CLOSED,
  ),
);

export const CreateExperimentRequestSchema = shape<CreateExperimentRequest>()(
  Type.Object(
    {
      pipeline_id: Type.String({ minLength: 1, maxLength: 200 }),
      name: Type.Optional(
        Type.String({
          maxLength: 200,
          pattern: ONE_LINE.source,
          description: 'One line of text; made from the pipeline when left out.',
        }),
      ),
      config: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description: "Merged over the pipeline's default config, then checked against its schema.",
        }),
      ),
    },
    CLOSED,
  ),
);

export const CreateExperimentAnswerSchema = shape<CreateExperimentAnswer>()(
  Type.Object({ experiment_id: Id, task_id: Id }, CLOSED),
);
