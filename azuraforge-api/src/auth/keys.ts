import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SettingsError } from '../settings.ts';

interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** The local key set: the first key signs, all of them verify, so that a new one can be put in front. */
export class KeySet {
  readonly #keys: readonly [SigningKey, ...SigningKey[]];

  constructor(keys: readonly [SigningKey, ...SigningKey[]]) {
    this.#keys = keys;
  }

  get signing(): SigningKey {
    return this.#keys[0];
  }

  /** The key that a token names, or undefined for a foreign one. */
  publicKey(kid: string): KeyObject | undefined {
    return this.#keys.find((key) => key.kid === kid)?.publicKey;
  }
}

/** Reads the key set of `file` (a JWKS with private keys); makes one with a fresh ES256 key when there is none. */
export async function loadKeys(file: string): Promise<KeySet> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return createKeysFile(file);
    throw new SettingsError(
      `The keys file ${file} cannot be read (${error.message}); check AZURAFORGE_KEYS_FILE.`,
    );
  });
  try {
    return parseKeys(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError(
      `The keys file ${file} is not a JWKS with ES256 keys (${reason}); mend it, or delete it for a new key.`,
    );
  }
}

/** Of processes that start together, one makes the file and the others read it: `link` never replaces a file. */
async function createKeysFile(file: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = privateKey.export({ format: 'jwk' });
  const text = `${JSON.stringify({ keys: [{ ...jwk, kid: thumbprint(jwk), alg: 'ES256', use: 'sig' }] }, null, 2)}\n`;
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return await readFile(file, 'utf8');
    throw error;
  } finally {
    await rm(draft);
  }
}

function parseKeys(text: string): KeySet {
  const set: unknown = JSON.parse(text);
  const entries: unknown = Reflect.get(Object(set), 'keys');
  if (!Array.isArray(entries)) throw new TypeError('it has no "keys"');
  const [first, ...rest] = entries.map((jwk) => parseKey(jwk));
  if (!first) throw new TypeError('it has no key');
  return new KeySet([first, ...rest]);
}

function parseKey(jwk: JsonWebKeyWithId): SigningKey {
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || !jwk.d)
    throw new TypeError('a key is not a private P-256 key');
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { kid: jwk.kid ?? thumbprint(jwk), privateKey, publicKey: createPublicKey(privateKey) };
}

type JsonWebKeyWithId = JsonWebKey & { kid?: string };

/** RFC 7638. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
