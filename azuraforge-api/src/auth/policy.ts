import type { UserRole } from 'azuraforge-dbmodels/contract';
import type { User } from 'azuraforge-dbmodels';

/** What a route may ask for. Every route names one; `public` needs no token. */
export type Permission =
  | 'public'
  | 'profile:read'
  | 'pipelines:read'
  | 'experiments:read'
  | 'experiments:write'
  | 'models:read'
  | 'models:predict';

const MEMBER = [
  'profile:read',
  'pipelines:read',
  'experiments:read',
  'experiments:write',
  'models:read',
  'models:predict',
] as const satisfies Permission[];

const GRANTED: Record<UserRole, ReadonlySet<Permission>> = {
  admin: new Set(MEMBER),
  member: new Set(MEMBER),
};

export function isAllowed(user: User, permission: Permission): boolean {
  return permission === 'public' || GRANTED[user.role].has(permission);
}

/** Whose rows a user sees: the filter for a query. Empty for an administrator, who sees all. */
export function visibleTo(user: User): { ownerId?: string } {
  return user.role === 'admin' ? {} : { ownerId: user.id };
}
