import type { User } from 'azuraforge-dbmodels';
import type { CurrentUser } from 'azuraforge-dbmodels/contract';

export function presentCurrentUser({ id, username, role }: User): CurrentUser {
  return { id, username, role };
}
