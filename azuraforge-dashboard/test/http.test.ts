import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ApiError } from '../src/client/error.ts';
import { createHttpClient } from '../src/client/http.ts';

interface Received {
  method: string;
  url: string;
  authorization: string | undefined;
  contentType: string | undefined;
  body: string;
}

let server: Server | null = null;

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const received: Received[] = [];
  const started = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        method: request.method ?? '',
        url: request.url ?? '',
        authorization: request.headers.authorization,
        contentType: request.headers['content-type'],
        body: Buffer.concat(chunks).toString(),
      });
      answer(request, response);
    });
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const { port } = started.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received };
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = null;
});

function json(status: number, body: unknown) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

function client(url: string, token: string | null = 'token') {
  let signIns = 0;
  const http = createHttpClient({ apiUrl: url, token: () => token, onSignInNeeded: () => (signIns += 1) });
  return { http, signIns: () => signIns };
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('the request did not fail');
}

describe('requests', () => {
  test('carry base path, query and token', async () => {
    const { url, received } = await serve(json(200, { items: [] }));
    const answer = await client(`${url}/`).http.get('/experiments', {
      query: { limit: 20, cursor: null, status: undefined, pipeline_id: 'a b&c' },
    });
    expect(answer).toEqual({ items: [] });
    expect(received[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/experiments?limit=20&pipeline_id=a+b%26c',
      authorization: 'Bearer token',
      contentType: undefined,
    });
  });

  test('post JSON, or nothing at all', async () => {
    const { url, received } = await serve(json(202, { experiment_id: 'e' }));
    const { http } = client(url, null);
    await http.post('/experiments', { pipeline_id: 'p' });
    await http.post('/experiments/e/cancel');
    expect(received[0]).toMatchObject({
      authorization: undefined,
      contentType: 'application/json',
      body: '{"pipeline_id":"p"}',
    });
    expect(received[1]).toMatchObject({ contentType: undefined, body: '' });
  });

  test('an empty answer is null', async () => {
    const { url } = await serve((_request, response) => response.writeHead(202).end());
    expect(await client(url).http.post('/experiments/e/cancel')).toBeNull();
  });
});

describe('failures', () => {
  test('an envelope becomes an error with its code, details and request number', async () => {
    const details = [{ path: 'epochs', message: 'must be >= 1', keyword: 'minimum', params: { limit: 1 } }];
    const { url } = await serve(
      json(422, { error: { code: 'CONFIG_INVALID', message: 'Correct it.', details, request_id: 'r-1' } }),
    );
    const { http, signIns } = client(url);
    const error = await failure(http.post('/experiments', {}));
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      status: 422,
      message: 'Correct it.',
      details,
      requestId: 'r-1',
      needsSignIn: false,
    });
    expect(signIns()).toBe(0);
  });

  test.each(['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED'])(
    '%s asks for a new sign-in',
    async (code) => {
      const { url } = await serve(json(401, { error: { code, message: 'Sign in.', request_id: 'r' } }));
      const { http, signIns } = client(url);
      expect((await failure(http.get('/auth/me'))).needsSignIn).toBe(true);
      expect(signIns()).toBe(1);
    },
  );

  test('a late answer to an old token does not end the session that has begun since', async () => {
    const { url } = await serve(
      json(401, { error: { code: 'TOKEN_INVALID', message: 'x', request_id: 'r' } }),
    );
    const tokens = ['old', 'new'];
    let signIns = 0;
    const http = createHttpClient({
      apiUrl: url,
      token: () => tokens.shift() ?? 'new',
      onSignInNeeded: () => (signIns += 1),
    });
    expect((await failure(http.get('/auth/me'))).code).toBe('TOKEN_INVALID');
    expect(signIns).toBe(0);
  });

  test('a wrong password does not end a session', async () => {
    const { url } = await serve(
      json(401, { error: { code: 'INVALID_CREDENTIALS', message: 'Wrong.', request_id: 'r' } }),
    );
    const { http, signIns } = client(url);
    expect((await failure(http.post('/auth/token', {}))).code).toBe('INVALID_CREDENTIALS');
    expect(signIns()).toBe(0);
  });

  test('an answer that is no envelope is unexpected, whatever it is', async () => {
    for (const body of [{}, [], 'text', { error: { code: 'NOT_A_CODE', message: 'x' } }, { error: 'x' }]) {
      const { url } = await serve(json(500, body));
      expect(await failure(client(url).http.get('/x'))).toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        status: 500,
      });
      server?.close();
    }
  });

  test('a page instead of JSON is unexpected, even with status 200', async () => {
    const { url } = await serve((_request, response) => response.end('<html></html>'));
    expect((await failure(client(url).http.get('/x'))).code).toBe('UNEXPECTED_ANSWER');
  });

  test('broken details are left out', async () => {
    const { url } = await serve(
      json(422, {
        error: { code: 'VALIDATION_FAILED', message: 'x', details: [null, { path: 1 }], request_id: 'r' },
      }),
    );
    expect((await failure(client(url).http.get('/x'))).details).toEqual([]);
  });

  test('no answer at all is NETWORK', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect(await failure(client(url).http.get('/x'))).toMatchObject({ code: 'NETWORK', status: 0 });
  });

  test('a request that its reader gave up is no failure of the API', async () => {
    const { url } = await serve(() => undefined);
    const controller = new AbortController();
    const pending = client(url).http.get('/x', { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  });
});
