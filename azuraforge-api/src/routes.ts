import type { Route } from './http/route.ts';
import { authRoutes } from './routes/auth/routes.ts';
import { experimentRoutes } from './routes/experiments/routes.ts';
import { modelRoutes } from './routes/models/routes.ts';
import { pipelineRoutes } from './routes/pipelines/routes.ts';

/** Everything below `/api/v1`. */
export const ROUTES: readonly Route[] = [
  ...authRoutes,
  ...pipelineRoutes,
  ...experimentRoutes,
  ...modelRoutes,
];
