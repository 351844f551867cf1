import {
  USER_ROLES,
  type CurrentUser,
  type TokenAnswer,
  type TokenRequest,
} from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { CLOSED, Id } from './common.ts';
import { shape } from './shape.ts';

export const TokenRequestSchema = shape<TokenRequest>()(
  Type.Object(
    {
      username: Type.String({ minLength: 1, maxLength: 64 }),
      password: Type.String({ format: 'password', minLength: 1, maxLength: 1024 }),
    },
    CLOSED,
  ),
);

export const TokenAnswerSchema = shape<TokenAnswer>()(
  Type.Object(
    {
      access_token: Type.String({ description: 'A JWT; send it as "Authorization: Bearer …".' }),
      token_type: Type.Literal('Bearer'),
      expires_in: Type.Integer({ description: 'Seconds until the token expires.' }),
    },
    CLOSED,
  ),
);

export const CurrentUserSchema = shape<CurrentUser>()(
  Type.Object({ id: Id, username: Type.String(), role: Type.Enum([...USER_ROLES]) }, CLOSED),
);
