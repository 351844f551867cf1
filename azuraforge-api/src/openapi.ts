import { API_BASE, ERROR_STATUS, type ErrorCode, type JsonSchema } from 'azuraforge-dbmodels/contract';
import type { TSchema } from 'typebox';
import { dtoSchema } from './http/dto.ts';
import { BODY_MEBIBYTES, type Route } from './http/route.ts';
import { COMPONENTS } from './openapi/components.ts';
import { EXAMPLE_MESSAGES } from './openapi/error-examples.ts';

/** The API's description as an OpenAPI 3.1 document, made from the routes themselves. */
export function describeApi(routes: readonly Route[], version: string): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: describeRoute(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'AzuraForge API',
      version,
      description:
        'Start experiments, follow them live, read their reports and ask their models. ' +
        'Live progress comes over socket.io, namespace `/ws/task_status`. ' +
        'Every error has the same envelope; its `code` tells programs what is wrong, its `message` tells people what to do.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: API_BASE }],
    tags: ['auth', 'pipelines', 'experiments', 'models'].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: COMPONENTS,
      headers: {
        RequestId: {
          description: 'Names this request in the logs; taken over from the request.',
          schema: { type: 'string' },
        },
      },
    },
  };
}

/** The codes that a route can answer: its own, and those of its kind. */
function errorCodesOf(route: Route): ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...route.errors,
      ...(route.permission === 'public'
        ? []
        : (['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'FORBIDDEN'] as const)),
      ...(route.body ? (['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
      ...(route.body ? [route.body.misfit ?? 'VALIDATION_FAILED'] : []),
      ...(route.query ? (['VALIDATION_FAILED'] as const) : []),
      'BAD_REQUEST',
      'SERVICE_UNAVAILABLE',
      'INTERNAL',
    ]),
  ];
}

function describeRoute(route: Route): JsonSchema {
  const { operationId, tag, summary, description, body, answer } = route;
  const parameters = [...pathParameters(route), ...queryParameters(route)];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: route.permission === 'public' ? [] : [{ bearer: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: describeBody(body) }),
    responses: {
      [answer.status]: {
        description: answer.description,
        headers: REQUEST_ID_HEADER,
        content: { 'application/json': { schema: reference(answer.schema) } },
      },
      ...errorResponses(errorCodesOf(route)),
    },
  };
}

const REQUEST_ID_HEADER = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

function describeBody({
  dto,
  schema,
  form,
  required = true,
  maxMebibytes = BODY_MEBIBYTES,
  example,
}: NonNullable<Route['body']>): JsonSchema {
  const own = dto ? dtoSchema(dto) : { type: 'object' };
  const content = { schema: schema ? reference(schema) : own, example };
  return {
    description: `At most ${maxMebibytes} MiB.`,
    required,
    content: { 'application/json': content, ...(form && { 'application/x-www-form-urlencoded': content }) },
  };
}

function pathParameters({ path, tag }: Route): JsonSchema[] {
  if (!path.includes('{id}')) return [];
  const schema = tag === 'pipelines' ? { type: 'string' } : { type: 'string', format: 'uuid' };
  return [{ name: 'id', in: 'path', required: true, schema }];
}

function queryParameters({ query }: Route): JsonSchema[] {
  if (!query) return [];
  const { properties, required = [] } = dtoSchema(query) as {
    properties: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function errorResponses(codes: ErrorCode[]): JsonSchema {
  const responses: Record<string, JsonSchema> = {};
  for (const status of [...new Set(codes.map((code) => ERROR_STATUS[code]))].sort((a, b) => a - b)) {
    const here = codes.filter((code) => ERROR_STATUS[code] === status);
    responses[status] = {
      description: here.join(', '),
      headers: REQUEST_ID_HEADER,
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/ErrorEnvelope' },
          examples: Object.fromEntries(here.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    };
  }
  return responses;
}

function exampleOf(code: ErrorCode): JsonSchema {
  return { error: { code, ...EXAMPLE_MESSAGES[code], request_id: '4f9c1c0e-8f1e-4c39-9d0f-6c1f1f0b6a52' } };
}

function reference(schema: TSchema): JsonSchema {
  const name = Object.keys(COMPONENTS).find((key) => COMPONENTS[key] === schema);
  if (!name) throw new TypeError('A route uses a schema that openapi/components.ts does not name.');
  return { $ref: `#/components/schemas/${name}` };
}
