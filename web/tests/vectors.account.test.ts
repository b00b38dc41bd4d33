import { expect, test } from 'vitest';
import { equal, hex, unhex, utf8 } from '../src/protocol/bytes';
import { type Cbor, decode, encode } from '../src/protocol/cbor';
import { contentId } from '../src/protocol/content-id';
import { verify } from '../src/protocol/curves';
import * as http from '../src/protocol/http-signature';
import { accountId, holderId, isKind, recordId } from '../src/protocol/ids';
import { contentKey, HolderSecret, idKey, openHolderName, openVaultKey, unwrapRootKey } from '../src/protocol/keys';
import { readLedger } from '../src/protocol/ledger';
import * as pairing from '../src/protocol/pairing';
import { passwordHolder, passwordKeys, readSecret, secretText } from '../src/protocol/password';
import { readWords, toWords } from '../src/protocol/phrase';
import { blobNames, decodeContent, encodeContent, type RecordFile } from '../src/protocol/record';
import { isRefused, Refusal } from '../src/protocol/refusal';
import { openPadded } from '../src/protocol/sealing';
import { bytesOf, errorOf, good, type Json, list, number, readVectors, record, text } from './vectors';

test.each(readVectors('ids.json').map((c) => [c.name, c] as const))('ids: %s', (_, c) => {
  if (c.what === 'holder') expect(holderId({ type: number(c.type), signing: bytesOf(c.ed25519), agreement: bytesOf(c.x25519) })).toBe(c.id);
  else if (c.what === 'account') expect(accountId(text(c.founder), bytesOf(c.nonce))).toBe(c.id);
  else {
    const value = decode(bytesOf(c.bytes));
    expect(!isRefused(value)).toBe(c.valid);
    if (!isRefused(value)) expect(hex(encode(value))).toBe(c.bytes);
  }
});

test.each(readVectors('keys.json').map((c) => [c.name, c] as const))('keys: %s', async (_, c) => {
  switch (c.what) {
    case 'phrase': {
      const holder = await HolderSecret.fromPhrase(bytesOf(c.entropy));
      return expect([hex(holder.keys.signing), hex(holder.keys.agreement), holder.id]).toEqual([c.ed25519, c.x25519, c.holder]);
    }
    case 'wrap': {
      const holder = await HolderSecret.fromSeeds(1, bytesOf(c.secret));
      const key = await unwrapRootKey(holder, text(c.account), number(c.epoch), number(c.suite), bytesOf(c.wrap));
      return expect(isRefused(key) ? null : hex(key)).toBe(c.valid ? c.root_key : null);
    }
    case 'vault-key': {
      const kind = number(c.kind);
      const key = isKind(kind)
        ? await openVaultKey(bytesOf(c.root_key), text(c.account), kind, number(c.epoch), bytesOf(c.sealed))
        : new Refusal('kind');
      return expect(isRefused(key) ? null : hex(key)).toBe(c.valid ? c.vault_key : null);
    }
    case 'record': {
      const kind = number(c.kind);
      if (!isKind(kind)) throw new Error('kind');
      const [account, vault] = [text(c.account), bytesOf(c.vault_key)];
      const ids = idKey(vault, account, kind);
      if (c.valid) {
        expect(recordId(ids, bytesOf(c.natural_key))).toBe(c.record_id);
        const plain = bytesOf(c.natural_key);
        expect(await contentId(contentKey(vault, account, kind), ids, plain.length, async (at, n) => plain.slice(at, at + n))).toBe(c.content_id);
      }
      const slot = { account, kind, record: text(c.record), revision: text(c.revision), epoch: number(c.epoch), role: 'record' };
      const opened = await openPadded(vault, slot, bytesOf(c.sealed));
      return expect(isRefused(opened) ? null : hex(opened)).toBe(c.valid ? c.plain : null);
    }
    default:
      throw new Error(`keys.json has a new case: ${JSON.stringify(c).slice(0, 200)} ${openHolderName.name}`);
  }
});

test.each(readVectors('phrase.json').map((c) => [c.name, c] as const))('phrase: %s', (_, c) => {
  if (c.call === 'words') {
    expect(toWords(bytesOf(c.entropy)).join(' ')).toBe(c.words_text);
    expect(hex(good(readWords(text(c.words_text))))).toBe(c.entropy);
    return;
  }
  const read = readWords(text(c.typed_text));
  expect(errorOf(read)).toBe(c.error ?? null);
  if (isRefused(read)) expect(read.at).toBe(c.word);
  else expect(hex(read)).toBe(c.entropy);
});

test.each(readVectors('password.json').map((c) => [c.name, c] as const))('password: %s', async (_, c) => {
  if (c.call === 'read') {
    const secret = readSecret(text(c.typed_text));
    expect(errorOf(secret)).toBe(c.error ?? null);
    if (isRefused(secret)) expect(secret.at).toBe(c.letter);
    else expect([hex(secret), secretText(secret)]).toEqual([c.secret, c.shown_text]);
    return;
  }
  const keys = await passwordKeys(text(c.password_text), good(readSecret(text(c.secret_text))));
  expect(errorOf(keys)).toBe(c.error ?? null);
  if (isRefused(keys)) return;
  const holder = await passwordHolder(keys);
  expect([hex(keys.stretched), hex(keys.key), hex(holder.keys.signing), hex(holder.keys.agreement), holder.id]).toEqual([
    c.stretched,
    c.key,
    c.ed25519,
    c.x25519,
    c.holder,
  ]);
});

test.each(readVectors('http.json').map((c) => [c.name, c] as const))('HTTP: %s', async (_, c) => {
  const read = http.readSignature(text(c.signature_input_text), text(c.signature_text));
  expect(read !== undefined).toBe(c.valid);
  if (!read) return;
  const digest = http.digestHeader(bytesOf(c.body));
  expect(digest).toBe(c.content_digest_text);
  const target = { method: text(c.method), authority: text(c.authority), path: text(c.path), query: text(c.query) };
  const base = http.signatureBase(target, digest, read.parameters);
  expect(base).toBe(c.base_text);
  expect(http.signatureInputHeader(read.parameters)).toBe(c.signature_input_text);
  expect(http.signatureHeader(read.signature)).toBe(c.signature_text);
  const [type, signing, agreement] = text(c.holder_text).split('.');
  const keys = { type: Number(type), signing: unhex(signing!), agreement: unhex(agreement!) };
  expect(http.holderHeader(keys)).toBe(c.holder_text);
  expect(read.parameters.keyid).toBe(holderId(keys));
  expect(await verify(keys.signing, utf8(base), read.signature)).toBe(true);
});

test.each(readVectors('ledger.json').map((c) => [c.name, c] as const))('ledger: %s', (_, c) => {
  const bytes = c.ledger_text === undefined ? bytesOf(c.ledger) : utf8(text(c.ledger_text));
  expect(readLedger(bytes)).toEqual({ lines: c.lines, bytesOut: c.bytes_out, brokenAt: c.broken_at, torn: c.torn });
});

test.each(readVectors('pairing.json').map((c) => [c.name, c] as const))('pairing: %s', async (_, c) => {
  switch (c.call) {
    case 'offer': {
      const o = pairing.decodeOffer(bytesOf(c.message));
      expect(errorOf(o)).toBe(c.error ?? null);
      if (isRefused(o)) return;
      expect([o.account, holderId(o.approver), hex(o.approver.signing), hex(o.approver.agreement), hex(o.nonce)]).toEqual([
        c.account,
        c.approver,
        c.ed25519,
        c.x25519,
        c.nonce,
      ]);
      return expect(hex(pairing.encodeOffer(o))).toBe(c.message);
    }
    case 'reveal': {
      const r = pairing.decodeReveal(bytesOf(c.message));
      expect(errorOf(r)).toBe(c.error ?? null);
      if (isRefused(r)) return;
      expect([r.keys.type, hex(r.keys.signing), hex(r.keys.agreement), hex(r.nonce), r.name, holderId(r.keys)]).toEqual([
        c.type,
        c.ed25519,
        c.x25519,
        c.nonce,
        c.name_text,
        c.holder,
      ]);
      expect(hex(pairing.commitmentOf(bytesOf(c.message)))).toBe(c.commitment);
      return expect(hex(pairing.encodeReveal(r))).toBe(c.message);
    }
    case 'words': {
      const h = pairing.transcript(bytesOf(c.commitment), bytesOf(c.offer), bytesOf(c.reveal));
      expect(hex(h)).toBe(c.h);
      return expect(pairing.pairingWords(h).join(' ')).toBe(c.words_text);
    }
    case 'welcome': {
      const secret = await HolderSecret.fromSeeds(1, bytesOf(c.secret));
      const offer = good(pairing.decodeOffer(bytesOf(c.offer)));
      const letter = await pairing.readWelcome(secret, offer, bytesOf(c.h), bytesOf(c.message));
      expect(errorOf(letter)).toBe(c.error ?? null);
      if (isRefused(letter)) return;
      expect([letter.account, letter.size, hex(letter.root), letter.vkey, letter.approver]).toEqual([
        c.account,
        c.size,
        c.root,
        c.vkey_text,
        c.approver,
      ]);
      if (c.approver_secret === undefined) return;
      const approver = await HolderSecret.fromSeeds(1, bytesOf(c.approver_secret));
      const written = await pairing.writeWelcome(approver, secret.keys, bytesOf(c.h), letter, bytesOf(c.ephemeral_private), () => bytesOf(c.salt));
      return expect(hex(good(written))).toBe(c.message);
    }
    case 'messages': {
      const m = pairing.decodeMessages(bytesOf(c.message));
      expect(errorOf(m)).toBe(c.error ?? null);
      if (isRefused(m)) return;
      const shown = (b: Uint8Array | null) => (b ? hex(b) : null);
      return expect([hex(m.commitment), shown(m.offer), shown(m.reveal), shown(m.welcome)]).toEqual([c.commitment, c.offer, c.reveal, c.welcome]);
    }
    default: {
      const link = pairing.parseLink(text(c.text));
      expect(errorOf(link)).toBe(c.error ?? null);
      if (isRefused(link)) return;
      expect([link.server, link.code, link.commitment ? hex(link.commitment) : null]).toEqual([c.server_text, c.code_text, c.commitment]);
      const again = good(pairing.parseLink(pairing.linkText(link)));
      expect([again.server, again.code]).toEqual([link.server, link.code]);
    }
  }
});

/** A view as the vectors write it. Numbers beyond 2⁵³ lose digits in JSON: both sides are compared as numbers, and the bytes say the rest. */
const shown = (value: Cbor): Json => {
  if (value instanceof Uint8Array) return { bytes: hex(value) };
  if (value instanceof Map) return { map: Object.fromEntries([...value].map(([k, v]) => [k, shown(v)])) };
  if (Array.isArray(value)) return value.map(shown);
  return typeof value === 'bigint' ? Number(value) : value;
};
const shownFile = (f: RecordFile) => ({
  role_text: f.role,
  name_text: f.name,
  media_type_text: f.mediaType,
  size: f.size,
  content_id: f.contentId,
  revision: f.revision,
  epoch: f.epoch,
  pieces: f.pieces.map((p) => ({ blob: hex(p.blob), length: p.length })),
});

test.each(readVectors('record.json').map((c) => [c.name, c] as const))('record: %s', (_, c) => {
  const content = decodeContent(bytesOf(c.plaintext));
  expect(errorOf(content)).toBe(c.error ?? null);
  if (isRefused(content)) return;
  expect(content.name).toBe(c.name_text);
  expect(equal(content.original, bytesOf(c.original))).toBe(true);
  expect(record(shown(content.view)).map).toEqual(c.view);
  expect(content.files.map(shownFile)).toEqual(c.files);
  expect(blobNames(content.files).map(hex)).toEqual(c.blobs);
  expect(equal(encodeContent(content), bytesOf(c.plaintext))).toBe(true);
});

test.each(
  readVectors('merge.json')
    .filter((c) => c.what === 'plaintext')
    .map((c) => [c.name, c] as const),
)('plaintext: %s', (_, c) => {
  const content = decodeContent(bytesOf(c.plaintext));
  expect(!isRefused(content)).toBe(c.valid);
  if (!isRefused(content)) expect(hex(encodeContent(content))).toBe(c.plaintext);
});

test('no decoder throws for bytes cut or changed anywhere', () => {
  const seeds = [
    ...readVectors('record.json')
      .slice(0, 8)
      .map((c) => bytesOf(c.plaintext)),
    ...readVectors('pairing.json')
      .filter((c) => c.call === 'offer' || c.call === 'reveal')
      .map((c) => bytesOf(c.message)),
  ];
  let x = 12345;
  const next = (n: number) => {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    return x % n;
  };
  for (let i = 0; i < 5000; i++) {
    const bytes = seeds[next(seeds.length)]!.slice();
    for (let k = next(4); k >= 0; k--) bytes[next(bytes.length)] = next(256);
    const cut = bytes.subarray(0, next(8) === 0 ? next(bytes.length) : bytes.length);
    for (const read of [decodeContent, pairing.decodeOffer, pairing.decodeReveal, pairing.decodeMessages, pairing.decodeLetter]) read(cut);
    const value = decode(cut);
    if (!isRefused(value)) expect(hex(encode(value))).toBe(hex(cut));
  }
  expect(list([]).length).toBe(0);
});
