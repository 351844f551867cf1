import { API_BASE, type JsonSchema } from 'azuraforge-dbmodels/contract';
import { Errors, type XSchema } from 'typebox/schema';
import { describeApi } from '../src/openapi.ts';
import { ROUTES } from '../src/routes.ts';

interface Operation {
  responses: Record<
    string,
    { content: { 'application/json': { schema: JsonSchema; examples?: Record<string, unknown> } } }
  >;
}

interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}

export const DESCRIPTION = JSON.parse(JSON.stringify(describeApi(ROUTES, '0.0.0'))) as Description;

/** Anything that any route answers, before its own code runs. */
const EVERYWHERE = new Set(['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED']);

/** Fails a test whose answer is not what the API's description promises for that route and status. */
export function checkAnswer(method: string, path: string, answer: { status: number; body: unknown }): void {
  const error =
    answer.status < 400 ? undefined : (Reflect.get(Object(answer.body), 'error') as { code: string });
  if (error && EVERYWHERE.has(error.code)) {
    expectFit('ErrorEnvelope', answer.body, `${method} ${path}`);
    return;
  }
  const operation = findOperation(method, path);
  if (!operation) return;
  const response = operation.responses[answer.status];
  const where = `${method} ${path} → ${answer.status}`;
  if (!response) throw new Error(`${where} is not described`);
  const { schema, examples } = response.content['application/json'];
  if (error && !(error.code in (examples ?? {})))
    throw new Error(`${where}: the code ${error.code} is not described`);
  expectFit(String(schema.$ref).split('/').at(-1)!, answer.body, where);
}

function findOperation(method: string, path: string): Operation | undefined {
  const bare = path.split('?')[0]!.replace(API_BASE, '');
  for (const [pattern, operations] of Object.entries(DESCRIPTION.paths)) {
    if (new RegExp(`^${pattern.replace('{id}', '[^/]+')}$`).test(bare))
      return operations[method.toLowerCase()];
  }
  return undefined;
}

export function expectFit(component: string, value: unknown, where: string): void {
  const [fits, errors] = Errors(DESCRIPTION.components.schemas[component] as XSchema, value);
  if (!fits)
    throw new Error(
      `${where} does not fit ${component}: ${JSON.stringify(errors)}\n${JSON.stringify(value)}`,
    );
}
