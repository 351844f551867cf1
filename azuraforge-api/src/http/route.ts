import type { User } from 'azuraforge-dbmodels';
import type { ErrorCode } from 'azuraforge-dbmodels/contract';
import type { TSchema } from 'typebox';
import type { Permission } from '../auth/policy.ts';
import type { Services } from '../services.ts';
import type { Dto } from './dto.ts';

/** How large a body may be, if its route does not say otherwise. */
export const BODY_MEBIBYTES = 1;

/** What a route is told of one request, all of it checked. */
export interface Call<Body extends object, Query extends object> {
  body: Body;
  query: Query;
  /** The `{id}` of the path. */
  id: string;
  /** The network address that the request came from. */
  address: string;
  requestId: string;
  services: Services;
}

interface SignedInCall<Body extends object, Query extends object> extends Call<Body, Query> {
  user: User;
}

interface Description<Body extends object, Query extends object> {
  method: 'get' | 'post';
  /** Below `/api/v1`, with `{id}` where an id belongs. */
  path: string;
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  /** Counts a request before anything of it is read; throws TOO_MANY_REQUESTS. */
  limit?(address: string, services: Services): Promise<void>;
  query?: Dto<Query>;
  body?: {
    /** The fields, where they are the same for all requests; else any object will do. */
    dto?: Dto<Body>;
    /** A component of the API's description that says more than the decorators can. */
    schema?: TSchema;
    /** How large it may be, where that is more than `BODY_MEBIBYTES`. */
    maxMebibytes?: number;
    /** Also take the body as a form. */
    form?: boolean;
    /** Code for a body that does not fit; VALIDATION_FAILED when left out. */
    misfit?: ErrorCode;
    /** False when the body may be left out. */
    required?: boolean;
    example: object;
  };
  answer: { status: 200 | 202; schema: TSchema; description: string };
  /** Codes beyond those that every route of its kind can answer. */
  errors: ErrorCode[];
}

interface PublicRoute<Body extends object, Query extends object> extends Description<Body, Query> {
  permission: 'public';
  /** Acts and presents; the result is the body of the answer. */
  handle(call: Call<Body, Query>): Promise<object>;
}

export interface ProtectedRoute<Body extends object, Query extends object> extends Description<Body, Query> {
  permission: Exclude<Permission, 'public'>;
  /** Takes a place of the account's before the body is read and returns what gives it back; throws TOO_MANY_REQUESTS. */
  takePlace?(user: User, services: Services): () => void;
  handle(call: SignedInCall<Body, Query>): Promise<object>;
}

/** One route: its handler beside everything that the API's description says of it. */
export type Route = PublicRoute<object, object> | ProtectedRoute<object, object>;

/** Lets the compiler know the types of body and query inside `handle`. */
export function publicRoute<Body extends object = object, Query extends object = object>(
  route: Omit<PublicRoute<Body, Query>, 'permission'>,
): Route {
  return { ...route, permission: 'public' } as PublicRoute<object, object>;
}

export function protectedRoute<Body extends object = object, Query extends object = object>(
  route: ProtectedRoute<Body, Query>,
): Route {
  return route as ProtectedRoute<object, object>;
}
