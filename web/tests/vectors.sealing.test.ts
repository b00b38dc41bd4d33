import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { equal, hex, unhex } from '../src/protocol/bytes';
import { contentIdOf, contentTags } from '../src/protocol/content-id';
import { agreementFromSeed, type KeyPair } from '../src/protocol/curves';
import { expand, expandMany, sha256 } from '../src/protocol/hash';
import * as hpke from '../src/protocol/hpke';
import { blobLength, pad, recordLength, unpad } from '../src/protocol/padding';
import { isRefused } from '../src/protocol/refusal';
import { messageKeys, open, plainLength, SealedReader, seal, sealedLength } from '../src/protocol/sealing';
import { bytesOf, type Case, edit, errorOf, good, list, number, readJson, readVectors, record, text } from './vectors';

const padding = readVectors('padding.json');
test.each(padding.map((c) => [c.name, c] as const))('padding: %s', (_, c) => {
  if (c.call === 'record-length') expect(recordLength(number(c.plain))).toBe(c.padded);
  else if (c.call === 'blob-length') expect(blobLength(number(c.plain))).toBe(c.padded);
  else {
    const padded = bytesOf(c.padded);
    const plain = unpad(padded);
    expect(errorOf(plain)).toBe(c.error ?? null);
    if (isRefused(plain)) return;
    expect(equal(plain, bytesOf(c.plain))).toBe(true);
    expect(equal(pad(plain, padded.length), padded)).toBe(true);
  }
});

const sealing = readVectors('sealing.json');
const seals = new Map(sealing.filter((c) => c.call === 'seal').map((c) => [c.name, c]));
const saltOf = (c: Case) => () => bytesOf(c.salt);

test.each(sealing.map((c) => [c.name, c] as const))('sealing: %s', async (_, c) => {
  switch (c.call) {
    case 'expand': {
      const [key, info, length] = [bytesOf(c.key), bytesOf(c.info), text(c.output).length / 2];
      expect(hex(expand(key, info, length))).toBe(c.output);
      return expect(hex(await expandMany(key, info, length))).toBe(c.output);
    }
    case 'length':
      if (c.valid) expect(sealedLength(number(c.plain))).toBe(c.sealed);
      return expect(c.valid ? plainLength(number(c.sealed)) : errorOf(plainLength(number(c.sealed)))).toBe(c.valid ? c.plain : c.error);
    case 'content-id': {
      const content = bytesOf(c.content);
      const tags = await contentTags(bytesOf(c.content_key), content.length, async (at, n) => content.slice(at, at + n));
      expect(tags.map(hex)).toEqual(c.tags);
      return expect(contentIdOf(bytesOf(c.id_key), content.length, tags)).toBe(c.id);
    }
    case 'seal':
      return sealCase(c);
    default: {
      const of = seals.get(text(c.of))!;
      const sealed = edit(await sealOf(of), c.edits);
      const opened = await open(
        c.key === undefined ? bytesOf(of.key) : bytesOf(c.key),
        c.context === undefined ? bytesOf(of.context) : bytesOf(c.context),
        sealed,
      );
      expect(errorOf(opened)).toBe(c.error);
    }
  }
});

const sealOf = (c: Case) => seal(bytesOf(c.key), bytesOf(c.context), bytesOf(c.plaintext), saltOf(c));

async function sealCase(c: Case): Promise<void> {
  const [key, context, plain] = [bytesOf(c.key), bytesOf(c.context), bytesOf(c.plaintext)];
  const keys = await messageKeys(key, bytesOf(c.salt), context);
  for (const [name, value] of [
    ['message_key', keys.key],
    ['base_nonce', keys.baseNonce],
    ['commitment', keys.commitment],
  ] as const) {
    if (c[name] !== undefined) expect(hex(value)).toBe(c[name]);
  }
  const sealed = await sealOf(c);
  if (c.sealed !== undefined) expect(hex(sealed)).toBe(c.sealed);
  expect(hex(sha256(sealed))).toBe(c.sealed_sha256);
  expect(equal(good(await open(key, context, sealed)), plain)).toBe(true);
  for (const r of list(c.reads ?? []).map(record)) {
    const reader = good(await SealedReader.open(key, context, sealed.length, async (at, n) => sealed.slice(at, at + n)));
    const read = good(await reader.read(number(r.offset), number(r.length)));
    expect(read.length).toBe(r.returned);
    if (r.bytes !== undefined) expect(hex(read)).toBe(r.bytes);
    if (r.sha256 !== undefined) expect(hex(sha256(read))).toBe(r.sha256);
  }
}

const wycheproof = record(readJson('wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json'));
const wycheproofCases = list(wycheproof.testGroups).flatMap((g) => list(record(g).tests).map(record));
test.each(wycheproofCases.map((c) => [`${c.tcId} ${c.comment}`, c] as const))('Wycheproof: %s', async (_, c) => {
  const sealed = new Uint8Array(inflateSync(unhex(text(c.ct))));
  const [key, context] = [unhex(text(c.key)), unhex(text(c.ctx))];
  const flags = list(c.flags ?? []);
  if (key.length !== 32) return expect(c.result).toBe('invalid');
  const opened = await open(key, context, sealed);
  expect(!isRefused(opened)).toBe(c.result === 'valid');
  if (!isRefused(opened)) expect(createHash('sha512').update(opened).digest('hex')).toBe(c.msgSha512);
  const reader = await SealedReader.open(key, context, sealed.length, async (at, n) => sealed.slice(at, at + n));
  const lengthHolds = !isRefused(reader) && (await reader.checkLength()) === undefined;
  expect(lengthHolds).toBe(c.result === 'valid' || flags.includes('ValidFinalChunk'));
});

const hpkeCases = readVectors('hpke.json');
const sealed = new Map(hpkeCases.filter((c) => c.call === 'seal').map((c) => [c.name, c]));
const pairOf = async (c: { [k: string]: import('./vectors').Json }): Promise<KeyPair> => agreementFromSeed(bytesOf(c.recipient_private));

test.each(hpkeCases.map((c) => [c.name, c] as const))('HPKE: %s', async (_, c) => {
  switch (c.call) {
    case 'exchange': {
      if (c.aead === 3) return; // ChaCha20: no AEAD of ours, and WebCrypto has none
      const made = good(await hpke.encapsulate(bytesOf(c.recipient_public), bytesOf(c.info), bytesOf(c.ephemeral_private), number(c.aead)));
      expect(hex(made.encapsulation)).toBe(c.encapsulation);
      const x = good(await hpke.decapsulate(await pairOf(c), made.encapsulation, bytesOf(c.info), number(c.aead)));
      for (const [name, value] of [
        ['shared_secret', x.sharedSecret],
        ['key', x.key],
        ['base_nonce', x.baseNonce],
        ['exporter_secret', x.exporterSecret],
      ] as const)
        expect(hex(value)).toBe(c[name]);
      for (const m of list(c.messages).map(record)) {
        expect(hex(await hpke.sealMessage(made.exchange, number(m.sequence), bytesOf(m.aad), bytesOf(m.plain)))).toBe(m.sealed);
        expect(hex(good(await hpke.openMessage(x, number(m.sequence), bytesOf(m.aad), bytesOf(m.sealed))))).toBe(m.plain);
      }
      for (const e of list(c.exports).map(record)) expect(hex(hpke.exporter(x, bytesOf(e.context), text(e.output).length / 2))).toBe(e.output);
      return;
    }
    case 'seal': {
      const seed = c.ephemeral_private === undefined ? undefined : bytesOf(c.ephemeral_private);
      const made = await hpke.sealTo(number(c.suite), bytesOf(c.recipient_public), bytesOf(c.info), bytesOf(c.aad), bytesOf(c.plain), seed);
      expect(errorOf(made)).toBe(c.error ?? null);
      if (isRefused(made)) return;
      expect(hex(made)).toBe(c.sealed);
      return expect(hex(good(await hpke.openFrom(number(c.suite), await pairOf(c), bytesOf(c.info), bytesOf(c.aad), made)))).toBe(c.plain);
    }
    case 'open': {
      const of = { ...sealed.get(text(c.of))!, ...c };
      const bytes = edit(bytesOf(sealed.get(text(c.of))!.sealed), c.edits);
      const pair = bytesOf(of.recipient_private).every((b) => b === 0) ? null : await pairOf(of);
      if (!pair) return expect(c.error).toBe('bad-key');
      return expect(errorOf(await hpke.openFrom(number(of.suite), pair, bytesOf(of.info), bytesOf(of.aad), bytes))).toBe(c.error);
    }
    default: {
      const x = good(await hpke.decapsulate(await pairOf(c), bytesOf(c.encapsulation), bytesOf(c.info)));
      for (const e of list(c.exports).map(record)) expect(hex(hpke.exporter(x, bytesOf(e.context), text(e.output).length / 2))).toBe(e.output);
    }
  }
});
