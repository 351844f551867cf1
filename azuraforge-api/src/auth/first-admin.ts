import { randomBytes } from 'node:crypto';
import { User } from 'azuraforge-dbmodels';
import type { DataSource } from 'typeorm';
import { SettingsError } from '../settings.ts';
import { hashPassword } from './password.ts';

const USERNAME = 'admin';
const SHORTEST_PASSWORD = 8;

export type FirstAdmin =
  | { created: true; username: string; /** Only when it was generated. */ password?: string }
  | { created: false; username: string };

/** Makes sure that there is an administrator; when there is none yet, makes `admin` with the given password or a random one. */
export async function ensureFirstAdmin(
  database: DataSource,
  givenPassword: string | undefined,
): Promise<FirstAdmin> {
  const users = database.getRepository(User);
  const existing = await users.findOne({ where: { role: 'admin' }, order: { createdAt: 'ASC' } });
  if (existing) return { created: false, username: existing.username };

  if (givenPassword && givenPassword.length < SHORTEST_PASSWORD) {
    throw new SettingsError(
      `AZURAFORGE_ADMIN_PASSWORD is too short; use at least ${SHORTEST_PASSWORD} characters.`,
    );
  }
  const password = givenPassword || randomBytes(18).toString('base64url');
  const inserted = await users
    .createQueryBuilder()
    .insert()
    .values({ username: USERNAME, passwordHash: await hashPassword(password), role: 'admin' })
    .orIgnore()
    .returning('id')
    .execute();
  const rows: unknown = inserted.raw;
  if (!Array.isArray(rows) || rows.length === 0) return { created: false, username: USERNAME };
  return { created: true, username: USERNAME, ...(givenPassword ? {} : { password }) };
}
