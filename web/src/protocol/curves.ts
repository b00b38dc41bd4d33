/**
 * Ed25519 and X25519 by WebCrypto, and the strictness that WebCrypto leaves open: small-order and non-canonical points (spec/README.md, spec/account-log.md R15).
 * Private keys are imported as PKCS #8; a seed that is all zeros is refused (spec/keys.md §2).
 */
import { type Bytes, compare, concat, label, unhex } from './bytes';

const PKCS8_ED25519 = unhex('302e020100300506032b657004220420');
const PKCS8_X25519 = unhex('302e020100300506032b656e04220420');
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** u-coordinates of small order, little-endian, with the top bit cleared (RFC 7748 ignores it). */
const SMALL_U = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

function little(bytes: Uint8Array): bigint {
  let n = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[i]!);
  return n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let b = base % P;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % P;
    b = (b * b) % P;
  }
  return result;
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** A canonical encoding of a point of the curve that is not of small order. */
export function isEd25519Key(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const y = little(key) & (2n ** 255n - 1n);
  const sign = key[31]! >> 7;
  if (y >= P) return false;
  const yy = (y * y) % P;
  const xx = ((((yy - 1n + P) % P) * power(((D * yy) % P) + 1n, P - 2n)) % P) as bigint;
  if (xx === 0n) return false; // y = ±1: orders 1 and 2
  if (power(xx, (P - 1n) / 2n) !== 1n) return false;
  if (y === 0n) return false; // order 4
  // Order 8: where 2·(x, y) has order 4, so that its y is 0: x² = −y², since (y² + x²) is the numerator of the double's y.
  return (yy + xx) % P !== 0n && sign <= 1;
}

/** False for a public key that every private key agrees to zeros with. */
export function isX25519Key(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const u = Uint8Array.from(key);
  u[31]! &= 0x7f;
  return !SMALL_U.has(toHex(u));
}

const keys = new Map<string, Promise<CryptoKey | null>>();

/** Imported public keys are kept: a log has few authors and many leaves. */
function verifyKey(key: Bytes): Promise<CryptoKey | null> {
  const name = toHex(key);
  let known = keys.get(name);
  if (!known) {
    if (keys.size > 256) keys.clear();
    known = isEd25519Key(key) ? crypto.subtle.importKey('raw', key, 'Ed25519', true, ['verify']).catch(() => null) : Promise.resolve(null);
    keys.set(name, known);
  }
  return known;
}

/** Strict: a small-order key, a small-order R and an S that is not reduced fail. */
export async function verify(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (signature.length !== 64 || little(signature.subarray(32)) >= L) return false;
  if (!isEd25519Key(signature.slice(0, 32))) return false;
  const imported = await verifyKey(key);
  if (!imported) return false;
  try {
    return await crypto.subtle.verify('Ed25519', imported, signature, message);
  } catch {
    return false;
  }
}

/** One half of a holder's secrets. The private key is WebCrypto's and need not be extractable. */
export interface KeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: Bytes;
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((b) => b === 0);

async function fromSeed(prefix: Bytes, algorithm: 'Ed25519' | 'X25519', usage: KeyUsage, seed: Uint8Array): Promise<KeyPair> {
  if (seed.length !== 32 || isZero(seed)) throw new TypeError('not a private key');
  const pkcs8 = concat(prefix, seed);
  const visible = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, [usage]);
  const jwk = await crypto.subtle.exportKey('jwk', visible);
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, [usage]);
  pkcs8.fill(0);
  return { privateKey, publicKey: fromBase64Url(jwk.x!) };
}

const fromBase64Url = (text: string): Bytes => label(atob(text.replace(/-/g, '+').replace(/_/g, '/')));

export const signingFromSeed = (seed: Uint8Array): Promise<KeyPair> => fromSeed(PKCS8_ED25519, 'Ed25519', 'sign', seed);
export const agreementFromSeed = (seed: Uint8Array): Promise<KeyPair> => fromSeed(PKCS8_X25519, 'X25519', 'deriveBits', seed);

async function generate(algorithm: 'Ed25519' | 'X25519', usages: KeyUsage[]): Promise<KeyPair> {
  const pair = (await crypto.subtle.generateKey(algorithm, false, usages)) as CryptoKeyPair;
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

/** Keys of a new device: made here, not extractable, kept by the browser. */
export const newSigning = (): Promise<KeyPair> => generate('Ed25519', ['sign', 'verify']);
export const newAgreement = (): Promise<KeyPair> => generate('X25519', ['deriveBits']);

export const sign = async (pair: KeyPair, message: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message));

/** The shared 32 bytes; undefined where they would be zeros or the key is none. */
export async function agree(pair: KeyPair, theirs: Bytes): Promise<Bytes | undefined> {
  if (theirs.length !== 32) return undefined;
  try {
    const key = await crypto.subtle.importKey('raw', theirs, 'X25519', true, []);
    const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: key }, pair.privateKey, 256));
    return isZero(shared) ? undefined : shared;
  } catch {
    return undefined;
  }
}

/** Order of public keys and ids by bytes. */
export const byBytes = (a: Uint8Array, b: Uint8Array): number => compare(a, b);
