/** HPKE base mode, suite 1; spec/hpke.md. Suite 2 (a hybrid) is refused until it has a page. */
import { type Bytes, concat, label, u64be } from './bytes';
import { agree, agreementFromSeed, isX25519Key, type KeyPair } from './curves';
import { hmac256 } from './hash';
import { random } from './random';
import { Refusal, refuse, totally } from './refusal';

export const SUITE = 1;
const ENCAPSULATION = 32;
const MIN_SEALED = ENCAPSULATION + 16;
const VERSION = label('HPKE-v1');
const KEM = label('KEM\x00\x20');
const empty: Bytes = new Uint8Array(0);

const u16be = (n: number): Bytes => Uint8Array.of(n >> 8, n & 255);
const extract = (salt: Bytes, ikm: Bytes): Bytes => hmac256(salt.length === 0 ? new Uint8Array(32) : salt, ikm);

function expand256(prk: Bytes, info: Bytes, size: number): Bytes {
  let last: Bytes = empty;
  let out: Bytes = empty;
  for (let i = 1; out.length < size; i++) {
    last = hmac256(prk, concat(last, info, Uint8Array.of(i)));
    out = concat(out, last);
  }
  return out.slice(0, size);
}

const labeledExtract = (id: Bytes, salt: Bytes, name: string, ikm: Bytes): Bytes => extract(salt, concat(VERSION, id, label(name), ikm));
const labeledExpand = (id: Bytes, prk: Bytes, name: string, info: Bytes, size: number): Bytes =>
  expand256(prk, concat(u16be(size), VERSION, id, label(name), info), size);

/** One exchange: the keys that both sides have. */
export interface Exchange {
  readonly sharedSecret: Bytes;
  readonly key: Bytes;
  readonly baseNonce: Bytes;
  readonly exporterSecret: Bytes;
  readonly suite: Bytes;
}

const suiteId = (aead: number): Bytes => concat(label('HPKE'), u16be(0x20), u16be(1), u16be(aead));

/** @param aead The RFC's number: 2 is suite 1; 1 and 3 are for the RFC's own vectors. */
export function schedule(dh: Bytes, encapsulation: Bytes, recipient: Bytes, info: Bytes, aead = 2): Exchange {
  const suite = suiteId(aead);
  const sharedSecret = labeledExpand(KEM, labeledExtract(KEM, empty, 'eae_prk', dh), 'shared_secret', concat(encapsulation, recipient), 32);
  const plan = concat(Uint8Array.of(0), labeledExtract(suite, empty, 'psk_id_hash', empty), labeledExtract(suite, empty, 'info_hash', info));
  const secret = labeledExtract(suite, sharedSecret, 'secret', empty);
  return {
    sharedSecret,
    key: labeledExpand(suite, secret, 'key', plan, aead === 1 ? 16 : 32),
    baseNonce: labeledExpand(suite, secret, 'base_nonce', plan, 12),
    exporterSecret: labeledExpand(suite, secret, 'exp', plan, 32),
    suite,
  };
}

export const exporter = (exchange: Exchange, context: Bytes, size: number): Bytes =>
  labeledExpand(exchange.suite, exchange.exporterSecret, 'sec', context, size);

export function messageNonce(exchange: Exchange, n: number): Bytes {
  const counter = concat(new Uint8Array(4), u64be(n));
  return exchange.baseNonce.map((b, i) => b ^ counter[i]!);
}

const aesKey = (exchange: Exchange, use: KeyUsage) => crypto.subtle.importKey('raw', exchange.key, 'AES-GCM', false, [use]);

export async function sealMessage(exchange: Exchange, n: number, aad: Bytes, plain: Bytes): Promise<Bytes> {
  const parameters = { name: 'AES-GCM', iv: messageNonce(exchange, n), additionalData: aad };
  return new Uint8Array(await crypto.subtle.encrypt(parameters, await aesKey(exchange, 'encrypt'), plain));
}

export async function openMessage(exchange: Exchange, n: number, aad: Bytes, sealed: Bytes): Promise<Bytes | Refusal> {
  try {
    const parameters = { name: 'AES-GCM', iv: messageNonce(exchange, n), additionalData: aad };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, await aesKey(exchange, 'decrypt'), sealed));
  } catch {
    return new Refusal('damaged');
  }
}

/** The sealer's side. The ephemeral seed is random and used once; vectors give it. */
export function encapsulate(recipient: Bytes, info: Bytes, seed?: Bytes, aead = 2): Promise<{ encapsulation: Bytes; exchange: Exchange } | Refusal> {
  return totally(async () => {
    if (!isX25519Key(recipient)) refuse('bad-key');
    const ephemeral = await agreementFromSeed(seed ?? random(32));
    const dh = (await agree(ephemeral, recipient)) ?? refuse('bad-key');
    return { encapsulation: ephemeral.publicKey, exchange: schedule(dh, ephemeral.publicKey, recipient, info, aead) };
  });
}

/** The opener's side. */
export function decapsulate(recipient: KeyPair, encapsulation: Bytes, info: Bytes, aead = 2): Promise<Exchange | Refusal> {
  return totally(async () => {
    if (!isX25519Key(encapsulation)) refuse('bad-key');
    const dh = (await agree(recipient, encapsulation)) ?? refuse('bad-key');
    return schedule(dh, encapsulation, recipient.publicKey, info, aead);
  });
}

export function sealTo(suite: number, recipient: Bytes, info: Bytes, aad: Bytes, plain: Bytes, seed?: Bytes): Promise<Bytes | Refusal> {
  return totally(async () => {
    if (suite !== SUITE) refuse('unknown-suite');
    const made = await encapsulate(recipient, info, seed);
    if (made instanceof Refusal) return refuse(made.error);
    return concat(made.encapsulation, await sealMessage(made.exchange, 0, aad, plain));
  });
}

export function openFrom(suite: number, recipient: KeyPair, info: Bytes, aad: Bytes, sealed: Bytes): Promise<Bytes | Refusal> {
  return totally(async () => {
    if (suite !== SUITE) refuse('unknown-suite');
    if (sealed.length < MIN_SEALED) refuse('too-short');
    const exchange = await decapsulate(recipient, sealed.slice(0, ENCAPSULATION), info);
    if (exchange instanceof Refusal) return refuse(exchange.error);
    const plain = await openMessage(exchange, 0, aad, sealed.slice(ENCAPSULATION));
    return plain instanceof Refusal ? refuse(plain.error) : plain;
  });
}
