import { User } from 'azuraforge-dbmodels';
import type { CurrentUser, TokenAnswer } from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';
import { signAccessToken } from '../../auth/token.ts';
import { ApiError } from '../../error.ts';
import { protectedRoute, publicRoute, type Route } from '../../http/route.ts';
import { CurrentUserSchema, TokenAnswerSchema, TokenRequestSchema } from '../../openapi/account.ts';
import { TokenBody } from './dto.ts';
import { presentCurrentUser } from './presenter.ts';

const signIn = publicRoute<TokenBody>({
  method: 'post',
  path: '/auth/token',
  operationId: 'signIn',
  tag: 'auth',
  summary: 'Get an access token',
  description: 'Takes JSON or a form, with the field names of the OAuth 2 password grant.',
  body: {
    dto: TokenBody,
    schema: TokenRequestSchema,
    form: true,
    example: { username: 'admin', password: 'the password that was printed once' },
  },
  answer: {
    status: 200,
    schema: TokenAnswerSchema,
    description: 'The token, valid for `expires_in` seconds.',
  },
  errors: ['INVALID_CREDENTIALS', 'TOO_MANY_REQUESTS'],
  limit: (address, { signInLimit }) => signInLimit.countAddress(address),
  async handle({ body: { username, password }, address, services }): Promise<TokenAnswer> {
    const { database, passwords, signInLimit, keys } = services;
    await signInLimit.requireUnlocked(address, username);
    const account = await findAccount(database, username);
    if (!(await passwords.matches(account?.passwordHash ?? null, password)) || !account) {
      await signInLimit.failed(address, username);
      throw new ApiError(
        'INVALID_CREDENTIALS',
        'The username or the password is wrong; check both and try again.',
      );
    }
    await signInLimit.succeeded(address, username);
    return { ...signAccessToken(keys, account.id), token_type: 'Bearer' };
  },
});

const me = protectedRoute({
  method: 'get',
  path: '/auth/me',
  operationId: 'getCurrentUser',
  tag: 'auth',
  summary: 'Who is signed in',
  permission: 'profile:read',
  answer: { status: 200, schema: CurrentUserSchema, description: 'The account that the token belongs to.' },
  errors: [],
  handle({ user }): Promise<CurrentUser> {
    return Promise.resolve(presentCurrentUser(user));
  },
});

export const authRoutes: Route[] = [signIn, me];

/** Postgres refuses NUL in text, and no username holds one. */
function findAccount(database: DataSource, username: string): Promise<User | null> {
  return database
    .getRepository(User)
    .createQueryBuilder('account')
    .addSelect('account.passwordHash')
    .where('lower(account.username) = lower(:username)', { username: username.replaceAll('\0', '\u{fffd}') })
    .getOne();
}
