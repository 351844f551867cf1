import { setTimeout as sleep } from 'node:timers/promises';
import {
  API_BASE,
  type CreateExperimentAnswer,
  type CreateExperimentRequest,
  type ErrorCode,
  type ErrorEnvelope,
  type ExperimentListItem,
  type Page,
  type Report,
} from 'azuraforge-dbmodels/contract';

/** What the API says while its worker has not told of its pipelines yet. */
const NOT_YET = new Set<ErrorCode>(['PIPELINE_NOT_FOUND', 'NO_WORKER', 'SERVICE_UNAVAILABLE']);
const PATIENCE_MS = 30_000;

export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: ErrorCode;

  constructor({ error }: ErrorEnvelope) {
    super(`${error.message} (${error.code})`);
    this.code = error.code;
  }
}

/** The few calls that the quickstart makes, as the administrator. */
export class ApiClient {
  readonly #url: string;
  readonly #token: () => Promise<string>;
  readonly #signal: AbortSignal | undefined;

  /** @param token Gives a token that is valid now. */
  constructor(url: string, token: () => Promise<string>, signal?: AbortSignal) {
    this.#url = url;
    this.#token = token;
    this.#signal = signal;
  }

  async #call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}${API_BASE}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${await this.#token()}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: this.#signal,
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new ApiError(answer as ErrorEnvelope);
    return answer as T;
  }

  async hasExperiments(): Promise<boolean> {
    const page = await this.#call<Page<ExperimentListItem>>('/experiments?limit=1');
    return page.items.length > 0;
  }

  /** Waits a little for a worker that has only just started. */
  async createExperiment(request: CreateExperimentRequest): Promise<CreateExperimentAnswer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#call<CreateExperimentAnswer>('/experiments', request);
      } catch (error) {
        const isEarly = error instanceof ApiError && NOT_YET.has(error.code);
        if (!isEarly || performance.now() > deadline) throw error;
        await sleep(500, undefined, { signal: this.#signal });
      }
    }
  }

  report(experimentId: string): Promise<Report> {
    return this.#call<Report>(`/experiments/${experimentId}/report`);
  }
}
