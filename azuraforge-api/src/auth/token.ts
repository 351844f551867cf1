import { randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { ApiError } from '../error.ts';
import type { KeySet } from './keys.ts';

const ISSUER = 'azuraforge';
const AUDIENCE = 'azuraforge-api';
/** RFC 9068: no other token that the same keys sign can pass for an access token. */
const TYPE = 'at+jwt';
const TOKEN_SECONDS = 3600;

export interface AccessClaims {
  /** Id of the user. */
  sub: string;
  /** Seconds since 1970. */
  exp: number;
}

/** What a verifier accepts, all of it pinned. */
export const VERIFY_OPTIONS = {
  algorithms: ['ES256'],
  issuer: ISSUER,
  audience: AUDIENCE,
} satisfies jwt.VerifyOptions;

export function signAccessToken(keys: KeySet, userId: string): { access_token: string; expires_in: number } {
  const { kid, privateKey } = keys.signing;
  const access_token = jwt.sign({}, privateKey, {
    algorithm: 'ES256',
    header: { alg: 'ES256', typ: TYPE, kid },
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: userId,
    jwtid: randomUUID(),
    expiresIn: TOKEN_SECONDS,
  });
  return { access_token, expires_in: TOKEN_SECONDS };
}

/** The public key for a token, chosen by its header; throws TOKEN_INVALID for one that is not ours. */
export function keyOfToken(keys: KeySet, token: string): KeyObject {
  const header = jwt.decode(token, { complete: true })?.header;
  const key = header?.typ === TYPE && header.kid ? keys.publicKey(header.kid) : undefined;
  if (!key) throw invalidToken();
  return key;
}

/** The claims of a valid token; throws TOKEN_EXPIRED or TOKEN_INVALID. */
export function verifyAccessToken(keys: KeySet, token: string): AccessClaims {
  try {
    return claimsOf(jwt.verify(token, keyOfToken(keys, token), VERIFY_OPTIONS));
  } catch (error) {
    throw tokenError(error);
  }
}

export function claimsOf(payload: unknown): AccessClaims {
  const { sub, exp } = Object(payload) as Partial<AccessClaims>;
  if (typeof sub !== 'string' || typeof exp !== 'number') throw invalidToken();
  return { sub, exp };
}

export function tokenError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof jwt.TokenExpiredError) {
    return new ApiError(
      'TOKEN_EXPIRED',
      'The access token has expired; sign in again.',
      challenge('invalid_token'),
    );
  }
  return invalidToken();
}

export function missingToken(): ApiError {
  return new ApiError(
    'TOKEN_MISSING',
    'Sign in first: send an access token as "Authorization: Bearer …".',
    challenge(),
  );
}

export function invalidToken(): ApiError {
  return new ApiError(
    'TOKEN_INVALID',
    'The access token is not valid here; sign in again.',
    challenge('invalid_token'),
  );
}

function challenge(error?: string): { headers: Record<string, string> } {
  return { headers: { 'WWW-Authenticate': `Bearer realm="azuraforge"${error ? `, error="${error}"` : ''}` } };
}
