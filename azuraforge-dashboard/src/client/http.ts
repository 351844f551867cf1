import { API_BASE } from 'azuraforge-dbmodels/contract';
import { ApiError, errorFromAnswer } from './error.ts';

type Query = Record<string, string | number | null | undefined>;

interface GetOptions {
  query?: Query;
  signal?: AbortSignal;
}

/** Typed requests to the API. Every failure is thrown as an `ApiError`. */
export interface HttpClient {
  get<Answer>(path: string, options?: GetOptions): Promise<Answer>;
  post<Answer>(path: string, body?: unknown): Promise<Answer>;
}

interface HttpClientOptions {
  /** Origin of the API, without the base path. */
  apiUrl: string;
  token(): string | null;
  /** Called when the API refuses the token, before the error is thrown. */
  onSignInNeeded(): void;
}

function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

async function readBody(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ApiError(
      { code: 'UNEXPECTED_ANSWER', status: answer.status, message: 'The answer is not JSON.' },
      { cause },
    );
  }
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = options.apiUrl.replace(/\/+$/, '') + API_BASE;

  async function request<Answer>(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers(init.headers);
    headers.set('Accept', 'application/json');
    const token = options.token();
    if (token) headers.set('Authorization', `Bearer ${token}`);
    let answer: Response;
    let body: unknown;
    try {
      answer = await fetch(base + path, { ...init, headers });
      body = await readBody(answer);
    } catch (cause) {
      if (cause instanceof ApiError) throw cause;
      if (init.signal?.aborted) throw cause;
      throw new ApiError({ code: 'NETWORK', status: 0, message: `No answer from ${base}.` }, { cause });
    }
    if (answer.ok) return body as Answer;
    const error = errorFromAnswer(answer.status, body);
    // A late answer to an old token must not end a session that has begun since.
    if (error.needsSignIn && token === options.token()) options.onSignInNeeded();
    throw error;
  }

  return {
    get: (path, { query, signal } = {}) => request(path + queryString(query), { method: 'GET', signal }),
    post: (path, body) =>
      request(path, {
        method: 'POST',
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      }),
  };
}
