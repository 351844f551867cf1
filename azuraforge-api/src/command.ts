import { createDataSource, User } from 'azuraforge-dbmodels';
import type { DataSource } from 'typeorm';
import { ensureFirstAdmin, type FirstAdmin } from './auth/first-admin.ts';
import { loadKeys } from './auth/keys.ts';
import { signAccessToken } from './auth/token.ts';
import { reasonOf } from './logger.ts';
import { SettingsError } from './settings.ts';

interface CommandSettings {
  databaseUrl: string;
  keysFile: string;
}

/** `azuraforge-api admin create` */
export function createFirstAdmin(
  { databaseUrl }: CommandSettings,
  givenPassword: string | undefined,
): Promise<FirstAdmin> {
  return withDatabase(databaseUrl, (database) => ensureFirstAdmin(database, givenPassword));
}

/** `azuraforge-api token`: whoever may read the keys file may act as anybody on this installation. */
export async function issueToken(
  { databaseUrl, keysFile }: CommandSettings,
  username: string,
): Promise<{ access_token: string; expires_in: number }> {
  const user = await withDatabase(databaseUrl, (database) =>
    database
      .getRepository(User)
      .createQueryBuilder('account')
      .where('lower(account.username) = lower(:username)', { username })
      .getOne(),
  );
  if (!user)
    throw new SettingsError(
      `There is no user ${JSON.stringify(username)}; make the first with "azuraforge-api admin create".`,
    );
  return signAccessToken(await loadKeys(keysFile), user.id);
}

async function withDatabase<T>(url: string, act: (database: DataSource) => Promise<T>): Promise<T> {
  const database = createDataSource({ url, poolSize: 1, applicationName: 'azuraforge-api-command' });
  try {
    await database.initialize();
  } catch (error) {
    throw new SettingsError(
      `PostgreSQL cannot be used: ${reasonOf(error)}. Check that it runs and that DATABASE_URL is right.`,
    );
  }
  try {
    return await act(database);
  } finally {
    await database.destroy();
  }
}
