import type { Items, PipelineDetail, PipelineListItem, PipelineProblem } from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { CLOSED, JsonSchema, nullable } from './common.ts';
import { shape } from './shape.ts';

const Problem = shape<PipelineProblem>()(
  Type.Object(
    {
      code: Type.Enum(['MANIFEST_INVALID', 'SCHEMA_INVALID', 'LOAD_FAILED', 'DUPLICATE_ID']),
      message: Type.String(),
    },
    CLOSED,
  ),
);

const listed = {
  id: Type.String(),
  plugin: Type.Object(
    {
      name: Type.String({ description: 'Name of the npm package.' }),
      version: Type.String(),
      display_name: Type.String(),
      description: Type.String(),
      categories: Type.Array(Type.String()),
    },
    CLOSED,
  ),
  icon: nullable(Type.String({ description: 'An SVG document.' })),
  status: Type.Enum(['ready', 'broken']),
  problem: nullable(Problem),
  workers: Type.Integer({ description: 'Live workers that offer it.' }),
};

const PipelineListItemSchema = shape<PipelineListItem>()(Type.Object(listed, CLOSED));

export const PipelineListSchema = shape<Items<PipelineListItem>>()(
  Type.Object({ items: Type.Array(PipelineListItemSchema) }, CLOSED),
);

export const PipelineDetailSchema = shape<PipelineDetail>()(
  Type.Object(
    {
      ...listed,
      config_schema: nullable(JsonSchema),
      default_config: nullable(Type.Record(Type.String(), Type.Unknown())),
    },
    CLOSED,
  ),
);
