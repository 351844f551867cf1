export const API_BASE = '/api/v1';

/** One page of a list; pass `next_cursor` back as `cursor` for the next. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** A list without pages: all pipelines, or the events after a `seq` that the client chose. */
export interface Items<T> {
  items: T[];
}

export const PAGE_LIMIT = { default: 20, max: 100 } as const;

export interface TokenRequest {
  username: string;
  password: string;
}

export interface TokenAnswer {
  access_token: string;
  token_type: 'Bearer';
  /** Seconds until the token expires. */
  expires_in: number;
}

export const USER_ROLES = ['admin', 'member'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export interface CurrentUser {
  id: string;
  username: string;
  role: UserRole;
}

export interface CreateExperimentRequest {
  pipeline_id: string;
  /** A name for people; made from the pipeline when left out. */
  name?: string;
  /** Merged over the pipeline's default config, then checked against its schema. */
  config?: Record<string, unknown>;
}

export interface CreateExperimentAnswer {
  experiment_id: string;
  task_id: string;
}
