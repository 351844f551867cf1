import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ORIGIN, startTestApi, type TestApi } from './api.ts';
import { offer, WEATHER } from './worker.ts';

let api: TestApi;
let token: string;

beforeAll(async () => {
  api = await startTestApi();
  token = (await api.addUser()).token;
  await offer(api, [WEATHER]);
});
afterAll(() => api.close());

const post = (body: string, headers?: Record<string, string>) =>
  api.ask('POST', '/experiments', { token, body, headers });

const preflight = (origin: string) =>
  fetch(`${api.url}/api/v1/experiments`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });

describe('a request that cannot be read', () => {
  test.each<[string, string, Record<string, string>, number, string]>([
    ['JSON that is cut off', '{"pipeline_id":', {}, 400, 'MALFORMED_JSON'],
    ['no JSON at all', 'pipeline_id=x', {}, 400, 'MALFORMED_JSON'],
    ['NaN', '{"pipeline_id":"x","config":{"epochs":NaN}}', {}, 400, 'MALFORMED_JSON'],
    [
      'a body that is too large',
      JSON.stringify({ pipeline_id: 'x'.repeat(1_100_000) }),
      {},
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'a form',
      'pipeline_id=x',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['plain text', '{}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a strange character set',
      '{}',
      { 'content-type': 'application/json; charset=klingon' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a strange encoding', '{}', { 'content-encoding': 'klingon' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['gzip that is none', '{}', { 'content-encoding': 'gzip' }, 400, 'BAD_REQUEST'],
    [
      'a body that is nested too deep',
      `{"pipeline_id":"${WEATHER.id}","config":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
      {},
      400,
      'BAD_REQUEST',
    ],
    ['text', '"hello"', {}, 422, 'VALIDATION_FAILED'],
    ['null', 'null', {}, 422, 'VALIDATION_FAILED'],
    ['nothing', '', {}, 422, 'VALIDATION_FAILED'],
  ])('is refused for %s, and nothing is written', async (_what, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({ status, code });
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b|\.js\b/);
    expect(await api.countExperiments()).toBe(0);
  });

  test('is refused before its body is read when nobody is signed in', async () => {
    expect((await api.ask('POST', '/experiments', { body: '{' })).body.error.code).toBe('TOKEN_MISSING');
  });

  test.each(['/experiments/%', '/experiments/%ff', '/pipelines/%c0%ae'])(
    'is refused for the path %s',
    async (path) => {
      const { status, body } = await api.ask('GET', path, { token });
      expect({ status, code: body.error.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
    },
  );
});

describe('a request to nowhere', () => {
  test.each(['/nothing', '/experiments/1/2/3', '/auth', '/../../etc/passwd'])(
    '%s is told so',
    async (path) => {
      const { status, body } = await api.ask('GET', path, { token });
      expect({ status, code: body.error.code }).toEqual({ status: 404, code: 'ROUTE_NOT_FOUND' });
    },
  );

  test.each([
    ['DELETE', '/experiments', 'POST, GET, HEAD, OPTIONS'],
    ['PUT', '/experiments/1', 'GET, HEAD, OPTIONS'],
    ['GET', '/auth/token', 'POST, OPTIONS'],
  ])('%s %s is told what is possible', async (method, path, allow) => {
    const { status, body, headers } = await api.ask(method, path);
    expect({ status, code: body.error.code, allow: headers.get('allow') }).toEqual({
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      allow,
    });
  });
});

describe('every answer', () => {
  test('carries a request id: the given one when it is plain, else a new one', async () => {
    const ask = (id?: string) =>
      api.ask('GET', '/experiments', { headers: id ? { 'x-request-id': id } : {} });
    const given = await ask('trace-1.2_3');
    expect(given.headers.get('x-request-id')).toBe('trace-1.2_3');
    expect(given.body.error.request_id).toBe('trace-1.2_3');
    for (const id of [undefined, 'with space', 'x'.repeat(65), '{"a":1}']) {
      expect((await ask(id)).headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    }
    expect(api.logged).toContainEqual(
      expect.objectContaining({
        message: 'request',
        fields: expect.objectContaining({ request_id: 'trace-1.2_3', status: 401 }),
      }),
    );
  });

  test('is closed to framing, sniffing and storing, and does not name its software', async () => {
    const { headers } = await api.ask('GET', '/pipelines', { token });
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('is open to the pages of the allowed origins alone', async () => {
    const allowed = await preflight(ORIGIN);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect((await preflight('http://evil.test')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('leaves no secret in the log', async () => {
    await api.ask('POST', '/auth/token', { body: { username: 'someone', password: 'hunter2-secret' } });
    await api.ask('GET', `/experiments?cursor=${token}`, { token });
    const lines = JSON.stringify(api.logged);
    expect(lines).toContain('/api/v1/auth/token');
    expect(lines).not.toContain('hunter2-secret');
    expect(lines).not.toContain(token);
  });
});

describe('operation', () => {
  test('health, readiness and metrics are told', async () => {
    expect((await api.ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await api.ask('GET', '/readyz')).body).toEqual({ status: 'ready' });
    await api.ask('GET', '/pipelines/nothing', { token });
    const { body, headers } = await api.ask('GET', '/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/pipelines\/:id",status="404"\} 1/,
    );
    expect(body).toContain('azuraforge_api_sockets 0');
    expect(body).toContain('process_cpu_seconds_total');
  });

  test('the docs are served whole from here, without inline scripts', async () => {
    const page = await api.ask('GET', '/docs');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(page.body).not.toMatch(/<script(?![^>]*src=)/);
    const links = [...page.body.matchAll(/(?:src|href)="(?<link>[^"]+)"/g)].map((match) => match.groups.link);
    expect(links).toHaveLength(4);
    for (const link of links) {
      const response = await fetch(new URL(link, `${api.url}/api/v1/docs`));
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50);
    }
  });
});

describe('pipelines', () => {
  test('are those that live workers offer, broken ones with their problem', async () => {
    const problem = { code: 'LOAD_FAILED', message: 'It threw.' } as const;
    const entries = [
      { ...WEATHER, workers: ['w1', 'w2'] },
      {
        ...WEATHER,
        id: '@scope/broken',
        config_schema: null,
        default_config: null,
        problem,
        workers: ['w1'],
      },
      { ...WEATHER, id: 'left_over', workers: ['gone'] },
    ];
    await offer(api, entries, ['w1', 'w2']);
    const { body } = await api.ask('GET', '/pipelines', { token });
    expect(body.items).toEqual([
      expect.objectContaining({ id: '@scope/broken', status: 'broken', problem, workers: 1 }),
      expect.objectContaining({ id: 'weather_forecaster', status: 'ready', problem: null, workers: 2 }),
    ]);
    const broken = await api.ask('GET', `/pipelines/${encodeURIComponent('@scope/broken')}`, { token });
    expect(broken.body).toMatchObject({ status: 'broken', config_schema: null });
    const shown = await api.ask('GET', '/pipelines/weather_forecaster', { token });
    expect(shown.body).toMatchObject({
      config_schema: WEATHER.config_schema,
      default_config: WEATHER.default_config,
    });

    await offer(api, entries, ['w2']);
    expect(
      (await api.ask('GET', '/pipelines', { token })).body.items.map((item: { id: string }) => item.id),
    ).toEqual(['weather_forecaster']);
    const gone = await api.ask('GET', '/pipelines/left_over', { token });
    expect({ status: gone.status, code: gone.body.error.code }).toEqual({
      status: 404,
      code: 'PIPELINE_NOT_FOUND',
    });
  });
});
