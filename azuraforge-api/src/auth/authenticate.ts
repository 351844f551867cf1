import { User } from 'azuraforge-dbmodels';
import type { Request, RequestHandler } from 'express';
import { Passport } from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { DataSource } from 'typeorm';
import type { KeySet } from './keys.ts';
import {
  claimsOf,
  invalidToken,
  keyOfToken,
  missingToken,
  tokenError,
  verifyAccessToken,
  VERIFY_OPTIONS,
} from './token.ts';

/** Reads the bearer token of a request and leaves its user in `request.user`. */
export function bearerAuthentication(database: DataSource, keys: KeySet): RequestHandler {
  const passport = new Passport();
  const fromRequest = ExtractJwt.fromAuthHeaderAsBearerToken();
  passport.use(
    new Strategy(
      {
        jwtFromRequest: fromRequest,
        secretOrKeyProvider: (_request: Request, token: string, done) => {
          try {
            done(null, keyOfToken(keys, token).export({ type: 'spki', format: 'pem' }));
          } catch (error) {
            done(error);
          }
        },
        ...VERIFY_OPTIONS,
      },
      async (payload: unknown, done) => {
        try {
          done(null, await userOf(database, payload));
        } catch (error) {
          done(error, false);
        }
      },
    ),
  );
  return (request, response, next) => {
    const settle = (error: unknown, user: User | false | undefined, info: unknown): void => {
      if (user) {
        request.user = user;
        next();
      } else if (error) {
        next(error);
      } else {
        next(fromRequest(request) ? tokenError(info) : missingToken());
      }
    };
    passport.authenticate('jwt', { session: false }, settle)(request, response, next);
  };
}

/** The user of a token that came by another way than a header, with the second at which the token expires. */
export async function authenticateToken(
  database: DataSource,
  keys: KeySet,
  token: unknown,
): Promise<{ user: User; expiresAt: number }> {
  if (typeof token !== 'string' || token === '') throw missingToken();
  const claims = verifyAccessToken(keys, token);
  return { user: await userOf(database, claims), expiresAt: claims.exp };
}

/** Reads the user anew each time, so that a removed one is out at once. */
async function userOf(database: DataSource, payload: unknown): Promise<User> {
  const user = await database.getRepository(User).findOneBy({ id: claimsOf(payload).sub });
  if (!user) throw invalidToken();
  return user;
}
