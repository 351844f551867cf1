import { createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { User } from 'azuraforge-dbmodels';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { ensureFirstAdmin } from '../src/auth/first-admin.ts';
import { loadKeys } from '../src/auth/keys.ts';
import { PasswordCheck } from '../src/auth/password.ts';
import { PASSWORD, startTestApi, type TestApi } from './api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const signIn = (username: unknown, password: unknown) =>
  api.ask('POST', '/auth/token', { body: { username, password } });

const me = (token: string) => api.ask('GET', '/auth/me', { token });

const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'azuraforge-keys-'));
  folders.push(made);
  return made;
};
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))));

describe('signing in', () => {
  test('gives a token that works, by JSON and by form, in any letter case of the name', async () => {
    const { user } = await api.addUser('member', 'Grace');
    const byForm = {
      body: new URLSearchParams({ username: 'Grace', password: PASSWORD }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    for (const answer of [await signIn('gRACE', PASSWORD), await api.ask('POST', '/auth/token', byForm)]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
      expect((await me(answer.body.access_token)).body).toEqual({
        id: user.id,
        username: 'Grace',
        role: 'member',
      });
    }
  });

  test('says the same of a wrong password and of an unknown user', async () => {
    await api.addUser('member', 'linus');
    for (const username of ['linus', 'nobody', 'nul\0byte']) {
      const { status, body } = await signIn(username, 'wrong');
      expect({ status, code: body.error.code }).toEqual({ status: 401, code: 'INVALID_CREDENTIALS' });
    }
  });

  test('takes as long for an unknown user as for a wrong password', async () => {
    const check = new PasswordCheck();
    const stored = await api.database.getRepository(User).findOneOrFail({
      where: { id: (await api.addUser()).user.id },
      select: { id: true, passwordHash: true },
    });
    await check.matches(null, 'warm');
    const time = async (hash: string | null) => {
      const started = performance.now();
      for (let round = 0; round < 5; round += 1) expect(await check.matches(hash, 'wrong')).toBe(false);
      return performance.now() - started;
    };
    const [known, unknown] = [await time(stored.passwordHash), await time(null)];
    expect(unknown).toBeGreaterThan(known / 3);
    expect(unknown).toBeLessThan(known * 3);
  });

  test('refuses when too many wait', async () => {
    const check = new PasswordCheck();
    const answers = await Promise.allSettled(Array.from({ length: 110 }, () => check.matches(null, 'x')));
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(8);
    expect(refused[0]!.reason).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  test.each([
    [{ username: 'a' }, 'password'],
    [{ username: 'a', password: 5 }, 'password'],
    [{ username: '', password: 'b' }, 'username'],
    [{ username: 'a', password: 'b', role: 'admin' }, 'role'],
    [{ username: 'a', password: 'x'.repeat(1025) }, 'password'],
  ])('refuses the body %j', async (body, path) => {
    const answer = await api.ask('POST', '/auth/token', { body });
    expect(answer.status).toBe(422);
    expect(answer.body.error.details).toEqual([expect.objectContaining({ path })]);
  });

  test('slows down guessing, for this account alone, and tells for how long', async () => {
    await api.addUser('member', 'ada');
    await api.addUser('member', 'eve');
    for (let guess = 0; guess < 10; guess += 1) expect((await signIn('ada', `${guess}`)).status).toBe(401);
    const refused = await signIn('ADA', PASSWORD);
    expect({ status: refused.status, code: refused.body.error.code }).toEqual({
      status: 429,
      code: 'TOO_MANY_REQUESTS',
    });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(300);
    expect((await signIn('eve', PASSWORD)).status).toBe(200);
  });

  test('forgets failures after a success, and counts every attempt of an address', async () => {
    await api.redis.flushDb();
    await api.addUser('member', 'tim');
    for (let guess = 0; guess < 9; guess += 1) await signIn('tim', 'wrong');
    expect((await signIn('tim', PASSWORD)).status).toBe(200);
    for (let guess = 0; guess < 5; guess += 1) expect((await signIn('tim', 'wrong')).status).toBe(401);

    let last = 401;
    for (let attempt = 0; attempt < 60 && last !== 429; attempt += 1)
      last = (await signIn(`u${attempt}`, 'x')).status;
    expect(last).toBe(429);
    const keys = await api.redis.keys('*');
    expect(keys.some((key) => key.includes('tim'))).toBe(false);
  });
});

describe('behind a proxy', () => {
  test.each([
    { trustedProxies: [], statuses: [401, 429] },
    { trustedProxies: ['127.0.0.1'], statuses: [401, 401] },
  ])('an address is believed of $trustedProxies alone', async ({ trustedProxies, statuses }) => {
    const proxied = await startTestApi({ settings: { allowedOrigins: [], trustedProxies } });
    const signInFrom = (address: string) =>
      proxied.ask('POST', '/auth/token', {
        body: { username: 'ada', password: 'wrong' },
        headers: { 'x-forwarded-for': address },
      });
    for (let guess = 0; guess < 9; guess += 1) await signInFrom('203.0.113.1');
    expect((await signInFrom('203.0.113.1')).status).toBe(statuses[0]);
    expect((await signInFrom('203.0.113.2')).status).toBe(statuses[1]);
    await proxied.close();
  });
});

describe('tokens', () => {
  const forge = (options: jwt.SignOptions & { payload?: object; key?: KeyObject | Buffer }) => {
    const { payload = {}, key = api.keys.signing.privateKey, header, ...rest } = options;
    return jwt.sign(payload, key as jwt.Secret, {
      algorithm: 'ES256',
      issuer: 'azuraforge',
      audience: 'azuraforge-api',
      subject: userId,
      expiresIn: 60,
      ...rest,
      header: { alg: rest.algorithm ?? 'ES256', typ: 'at+jwt', kid: api.keys.signing.kid, ...header },
    });
  };
  let userId: string;
  beforeAll(async () => {
    userId = (await api.addUser()).user.id;
  });
  test('of ours are taken', async () => {
    expect((await me(forge({}))).status).toBe(200);
  });

  test('are asked for', async () => {
    for (const headers of [undefined, { authorization: 'Basic YTpi' }, { authorization: 'Bearer ' }]) {
      const { status, body, headers: answered } = await api.ask('GET', '/experiments', { headers });
      expect({ status, code: body.error.code }).toEqual({ status: 401, code: 'TOKEN_MISSING' });
      expect(answered.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each<[string, string, () => string]>([
    ['expired', 'TOKEN_EXPIRED', () => forge({ expiresIn: -1 })],
    ['not yet valid', 'TOKEN_INVALID', () => forge({ notBefore: 60 })],
    ['signed by a foreign key', 'TOKEN_INVALID', () => forge({ key: foreign })],
    [
      'of an unknown kid',
      'TOKEN_INVALID',
      () => forge({ key: foreign, header: { alg: 'ES256', kid: 'other' } }),
    ],
    ['for another audience', 'TOKEN_INVALID', () => forge({ audience: 'somebody-else' })],
    ['of another issuer', 'TOKEN_INVALID', () => forge({ issuer: 'somebody-else' })],
    ['of another type', 'TOKEN_INVALID', () => forge({ header: { alg: 'ES256', typ: 'JWT' } })],
    [
      'without a subject',
      'TOKEN_INVALID',
      () =>
        jwt.sign({}, api.keys.signing.privateKey, {
          algorithm: 'ES256',
          issuer: 'azuraforge',
          audience: 'azuraforge-api',
          expiresIn: 60,
          header: { alg: 'ES256', typ: 'at+jwt', kid: api.keys.signing.kid },
        }),
    ],
    [
      'that never expires',
      'TOKEN_INVALID',
      () =>
        jwt.sign({}, api.keys.signing.privateKey, {
          algorithm: 'ES256',
          issuer: 'azuraforge',
          audience: 'azuraforge-api',
          subject: userId,
          header: { alg: 'ES256', typ: 'at+jwt', kid: api.keys.signing.kid },
        }),
    ],
    ['of a user who is gone', 'TOKEN_INVALID', () => forge({ subject: randomUUID() })],
    [
      'without a signature',
      'TOKEN_INVALID',
      () => {
        const [head, payload] = forge({}).split('.');
        return `${Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(head!, 'base64url').toString()), alg: 'none' })).toString('base64url')}.${payload}.`;
      },
    ],
    [
      'signed by HMAC with the public key',
      'TOKEN_INVALID',
      () =>
        forge({
          algorithm: 'HS256',
          key: Buffer.from(
            createPublicKey(api.keys.signing.privateKey).export({ type: 'spki', format: 'pem' }),
          ),
        }),
    ],
    ['that is no token', 'TOKEN_INVALID', () => 'abc.def'],
  ])('%s are refused', async (_what, code, token) => {
    const { status, body } = await me(token());
    expect({ status, code: body.error.code }).toEqual({ status: 401, code });
  });
});

describe('the keys file', () => {
  test('is made once, for its owner alone, however many processes start together', async () => {
    const home = await folder();
    const file = join(home, 'deep', 'keys.json');
    const sets = await Promise.all(Array.from({ length: 5 }, () => loadKeys(file)));
    expect(new Set(sets.map((set) => set.signing.kid)).size).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, 'deep'))).toEqual(['keys.json']);
  });

  test('may hold a new key in front of one that still verifies', async () => {
    const home = await folder();
    const [old, fresh] = await Promise.all([loadKeys(join(home, 'old')), loadKeys(join(home, 'new'))]);
    const read = async (name: string) => JSON.parse(await readFile(join(home, name), 'utf8')).keys;
    await writeFile(
      join(home, 'both'),
      JSON.stringify({ keys: [...(await read('new')), ...(await read('old'))] }),
    );
    const both = await loadKeys(join(home, 'both'));
    expect(both.signing.kid).toBe(fresh.signing.kid);
    expect(both.publicKey(old.signing.kid)).toBeDefined();
  });

  test.each(['', '{}', '{"keys":[]}', '{"keys":[{"kty":"RSA"}]}', '{"keys":[null]}'])(
    'with %j in it is refused with a sentence',
    async (text) => {
      const file = join(await folder(), 'keys.json');
      await writeFile(file, text);
      await expect(loadKeys(file)).rejects.toThrow(/^The keys file .* is not a JWKS .*\.$/);
    },
  );
});

describe('the first administrator', () => {
  test('is made once, with a password that works and is told once', async () => {
    const results = await Promise.all([1, 2, 3].map(() => ensureFirstAdmin(api.database, undefined)));
    const created = results.filter((result) => result.created);
    expect(created).toHaveLength(1);
    expect(created[0]).toMatchObject({ username: 'admin', password: expect.stringMatching(/^.{20,}$/) });
    expect(await ensureFirstAdmin(api.database, 'another password')).toEqual({
      created: false,
      username: 'admin',
    });

    await api.redis.flushDb();
    const password = 'password' in created[0]! ? created[0].password : undefined;
    expect((await signIn('admin', password)).status).toBe(200);
  });

  test('may not have a short password', async () => {
    await api.database.getRepository(User).delete({ role: 'admin' });
    await expect(ensureFirstAdmin(api.database, 'short')).rejects.toThrow('AZURAFORGE_ADMIN_PASSWORD');
    expect(await ensureFirstAdmin(api.database, 'long enough')).toEqual({ created: true, username: 'admin' });
  });
});
