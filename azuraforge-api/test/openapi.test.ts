import { API_BASE, ERROR_STATUS, type ErrorCode } from 'azuraforge-dbmodels/contract';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isAllowed } from '../src/auth/policy.ts';
import { dtoSchema } from '../src/http/dto.ts';
import { ROUTES } from '../src/routes.ts';
import { startTestApi, type TestApi } from './api.ts';
import { DESCRIPTION } from './described.ts';

interface Layer {
  route?: { path: string; stack: { method: string }[] };
}

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const describedRoutes = () =>
  Object.entries(DESCRIPTION.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  );

describe('the description of the API', () => {
  test('names every route that express has, and no other', () => {
    const layers = (api.app.http.router as unknown as { stack: Layer[] }).stack;
    const mounted = layers.flatMap(({ route }) => {
      if (!route?.path.startsWith(`${API_BASE}/`) || /\/(?:docs|openapi\.json)/.test(route.path)) return [];
      const path = route.path.slice(API_BASE.length).replaceAll(/:(\w+)/g, '{$1}');
      const methods = [...new Set(route.stack.map(({ method }) => method))];
      // What answers to every method only says that this one is not possible.
      return methods.includes('delete') ? [] : methods.map((method) => `${method} ${path}`);
    });
    expect(mounted.sort()).toEqual(describedRoutes().sort());
    expect(mounted).toHaveLength(14);
  });

  test('is served as it is made', async () => {
    const { body } = await api.ask('GET', '/openapi.json');
    expect(body).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: '/api/v1' }],
      info: { title: 'AzuraForge API' },
    });
    expect(body.paths).toEqual(DESCRIPTION.paths);
  });

  test('holds only references that lead somewhere, and one id for each operation', () => {
    const text = JSON.stringify(DESCRIPTION);
    for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      let target: unknown = DESCRIPTION;
      for (const part of path!.split('/')) target = Reflect.get(Object(target), part);
      expect(target).toBeDefined();
    }
    const ids = ROUTES.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('tells status, message and example of every error that a route can answer', () => {
    for (const operations of Object.values(DESCRIPTION.paths)) {
      for (const { responses } of Object.values(operations)) {
        for (const [status, response] of Object.entries(responses)) {
          const { examples = {} } = response.content['application/json'];
          for (const code of Object.keys(examples))
            expect(String(ERROR_STATUS[code as ErrorCode])).toBe(status);
          if (Number(status) >= 400) expect(Object.keys(examples).length).toBeGreaterThan(0);
        }
      }
    }
  });

  test('says of bodies what the checks say', () => {
    for (const { body } of ROUTES) {
      if (!body?.schema || !body.dto) continue;
      const described = JSON.parse(JSON.stringify(body.schema));
      const checked = JSON.parse(JSON.stringify(dtoSchema(body.dto)));
      expect(Object.keys(described.properties).sort()).toEqual(Object.keys(checked.properties).sort());
      expect(described).toMatchObject({ ...checked, properties: checked.properties });
    }
  });

  test('says how large a body may be', () => {
    const paths = DESCRIPTION.paths as Record<
      string,
      Record<string, { requestBody?: { description: string } }>
    >;
    const limit = (path: string) => paths[path]?.['post']?.requestBody?.description;
    expect(limit('/experiments')).toBe('At most 1 MiB.');
    expect(limit('/models/{id}/predict')).toBe('At most 16 MiB.');
  });

  test('asks for a token wherever a route does', async () => {
    for (const route of ROUTES) {
      const path = route.path.replace('{id}', 'x');
      const { body } = await api.ask(route.method.toUpperCase(), path, route.body ? { body: {} } : {});
      const isOpen = body.error?.code !== 'TOKEN_MISSING';
      expect({ path, isOpen }).toEqual({ path, isOpen: route.permission === 'public' });
    }
    expect(ROUTES.filter(({ permission }) => permission === 'public').map(({ path }) => path)).toEqual([
      '/auth/token',
    ]);
  });

  test('comes with a permission for every route that some role has', async () => {
    const { user } = await api.addUser('member');
    for (const { permission } of ROUTES) expect(isAllowed(user, permission)).toBe(true);
  });
});
