import { expect, test } from 'vitest';
import { AccountState } from '../src/protocol/account-state';
import { equal, hex, unhex, utf8 } from '../src/protocol/bytes';
import * as checkpoint from '../src/protocol/checkpoint';
import { decodeCommit, decodeLeaf, encodeCommit, encodeLeaf, type Place } from '../src/protocol/commit';
import { isVoid, placeKey } from '../src/protocol/heads';
import { holderId, isKind, type Kind } from '../src/protocol/ids';
import { CompactRange, inclusionOf, isConsistent, isIncluded, leafHash, nodeHash, rootOf } from '../src/protocol/merkle';
import { type NoteSignature, NoteSigner, openNote, VerifierKey, writeNote } from '../src/protocol/note';
import { Policy, readAddCheckpoint, readBundle, readEntry, readOpening, readTileName, rightEdge, tilePath } from '../src/protocol/public-log';
import { isRefused } from '../src/protocol/refusal';
import { bytesOf, type Case, errorOf, good, type Json, list, number, readVectors, record, text } from './vectors';

test.each(readVectors('merkle.json').map((c) => [c.name, c] as const))('Merkle: %s', (_, c) => {
  const big = (name: string) => BigInt(text(c[name]));
  switch (c.call) {
    case 'leaf':
      return expect(hex(leafHash(bytesOf(c.entry)))).toBe(c.hash);
    case 'node':
      return expect(hex(nodeHash(bytesOf(c.left), bytesOf(c.right)))).toBe(c.hash);
    case 'root':
      return expect(hex(rootOf(list(c.entries).map(bytesOf)))).toBe(c.root);
    case 'inclusion':
      return expect(isIncluded(bytesOf(c.leaf_hash), big('index'), big('size'), list(c.proof).map(bytesOf), bytesOf(c.root))).toBe(c.valid);
    case 'consistency':
      return expect(isConsistent(big('old_size'), bytesOf(c.old_root), big('new_size'), bytesOf(c.new_root), list(c.proof).map(bytesOf))).toBe(
        c.valid,
      );
    default: {
      const fromBytes = c.bytes === undefined ? undefined : CompactRange.parse(bytesOf(c.bytes));
      const fromParts = c.size === undefined ? undefined : CompactRange.of(big('size'), list(c.frontier).map(bytesOf));
      if (!c.valid) return expect([fromBytes, fromParts].filter((r) => r !== undefined).map(errorOf)).toEqual([c.error]);
      for (const range of [fromBytes, fromParts]) {
        if (range === undefined) continue;
        const r = good(range);
        expect(r.size.toString()).toBe(c.size);
        expect(r.frontier.map(hex)).toEqual(c.frontier);
        expect(hex(r.toBytes())).toBe(c.bytes);
        expect(hex(r.root())).toBe(c.root);
      }
      return;
    }
  }
});

test('An inclusion proof that is made is the one that verifies, for every leaf of small trees', () => {
  for (let size = 1; size <= 20; size++) {
    const entries = Array.from({ length: size }, (_, i) => utf8(`entry ${i}`));
    const hashes = entries.map((e) => leafHash(e));
    for (let i = 0; i < size; i++) {
      const proof = inclusionOf(i, hashes);
      expect(isIncluded(hashes[i]!, BigInt(i), BigInt(size), proof, rootOf(entries))).toBe(true);
      if (size > 1) expect(isIncluded(hashes[(i + 1) % size]!, BigInt(i), BigInt(size), proof, rootOf(entries))).toBe(false);
    }
  }
});

test.each(readVectors('commit.json').map((c) => [c.name, c] as const))('commit: %s', (_, c) => {
  const commit = decodeCommit(bytesOf(c.body));
  expect(errorOf(commit)).toBe(c.error);
  if (!isRefused(commit)) expect(hex(encodeCommit(commit))).toBe(c.body);
});

test('history: each leaf extends the state, or is refused by the rule that the vector names', async () => {
  const states = new Map<string, AccountState>();
  for (const c of readVectors('history.json')) {
    const account = text(c.account);
    const state = states.get(account) ?? new AccountState(account);
    states.set(account, state);
    const commit = await state.extend(bytesOf(c.leaf));
    expect([c.name, errorOf(commit)]).toEqual([c.name, c.error]);
    expect([c.name, state.size, hex(state.root), state.live.length, state.epoch]).toEqual([c.name, c.size, c.root, c.live_holders, c.epoch]);
    const again = good(AccountState.load(structuredClone(state.save())));
    expect(hex(again.root)).toBe(c.root);
  }
});

test('people: each leaf extends the state, or is refused, and the announcement is what stands', async () => {
  const cases = readVectors('people.json');
  let state = new AccountState(text(cases[0]!.account));
  for (const c of cases) {
    const commit = await state.extend(bytesOf(c.leaf));
    expect([c.name, errorOf(commit)]).toEqual([c.name, c.error]);
    const { announced } = state;
    const shown = [state.size, hex(state.root), state.live.length, state.epoch, announced ? holderId(announced.keys) : null];
    expect([c.name, ...shown]).toEqual([c.name, c.size, c.root, c.live_holders, c.epoch, c.announced]);
    if (!isRefused(commit)) expect(hex(encodeLeaf({ ...good(decodeLeaf(bytesOf(c.leaf))), body: encodeCommit(commit) }))).toBe(c.leaf);
    // What is kept between two runs of the browser says the same.
    state = good(AccountState.load(structuredClone(state.save())));
  }
});

test.each(readVectors('heads.json').map((c) => [c.name, c] as const))('heads: %s', (_, c) => {
  const known = new Map<string, { kind: Kind; record: string }>();
  const heads = new Set<string>();
  const none: Place[] = [];
  list(c.commits)
    .map(record)
    .forEach((commit, index) => {
      list(commit.operations).forEach((operation, op) => {
        const [id, parents] = list(operation);
        const kind = number(commit.kind);
        if (!isKind(kind)) throw new Error('kind');
        const places = list(parents).map((p): Place => [number(list(p)[0]), number(list(p)[1])]);
        const place: Place = [index, op];
        if (isVoid({ at: (p) => known.get(placeKey(p)) }, kind, text(id), places)) {
          none.push(place);
          return;
        }
        known.set(placeKey(place), { kind, record: text(id) });
        for (const p of places) heads.delete(placeKey(p));
        heads.add(placeKey(place));
      });
    });
  expect([...heads].sort()).toEqual(
    list(c.heads)
      .map((p) => placeKey([number(list(p)[0]), number(list(p)[1])]))
      .sort(),
  );
  expect(none).toEqual(c.void);
});

const keysOf = (value: Json | undefined) => list(value).map((k) => good(VerifierKey.parse(text(k))));
const noteOf = (c: Case) => (c.note_text === undefined ? unhex(text(c.note)) : utf8(text(c.note_text)));

test.each(readVectors('note.json').map((c) => [c.name, c] as const))('note: %s', async (_, c) => {
  if (c.call === 'vkey') {
    const key = VerifierKey.parse(text(c.vkey_text));
    expect(errorOf(key)).toBe(c.error ?? null);
    if (isRefused(key)) return;
    expect([key.name, hex(key.id), key.type.toString(), hex(key.key), key.toString()]).toEqual([
      c.key_name_text,
      c.id,
      c.type,
      c.public_key,
      c.vkey_text,
    ]);
  } else if (c.call === 'private-key') {
    const signer = await NoteSigner.parse(text(c.private_key_text));
    expect(errorOf(signer)).toBe(c.error ?? null);
    if (!isRefused(signer)) expect(signer.verifier.toString()).toBe(c.vkey_text);
  } else if (c.call === 'sign') {
    const lines: string[] = [];
    for (const k of list(c.private_keys_text)) lines.push(await good(await NoteSigner.parse(text(k))).line(text(c.body_text)));
    expect(writeNote(text(c.body_text), lines)).toBe(c.note_text);
  } else {
    const note = await openNote(noteOf(c), keysOf(c.keys_text));
    expect(errorOf(note)).toBe(c.error ?? null);
    if (isRefused(note)) return;
    expect(note.body).toBe(c.body_text);
    expect(note.signatures.map((s) => s.key.label)).toEqual(c.signed_by_text);
  }
});

const cosignatures = (signatures: NoteSignature[]) => signatures.map((s) => ({ key_text: s.key.label, time: s.time?.toString() }));

test.each(readVectors('checkpoint.json').map((c) => [c.name, c] as const))('checkpoint: %s', async (_, c) => {
  switch (c.call) {
    case 'checkpoint': {
      const read = checkpoint.parseCheckpoint(text(c.body_text));
      expect(errorOf(read)).toBe(c.error ?? null);
      if (isRefused(read)) return;
      expect([read.origin, read.size.toString(), hex(read.root)]).toEqual([c.origin_text, c.size, c.root]);
      return expect(read.extensions.map((l) => `${l}\n`).join('')).toBe(c.extension_lines_text);
    }
    case 'account-origin':
      return expect(checkpoint.accountOrigin(text(c.server_name_text), text(c.account))).toBe(c.origin_text);
    case 'sign': {
      const body = checkpoint.checkpointText(text(c.origin_text), BigInt(text(c.size)), bytesOf(c.root));
      return expect(writeNote(body, [await good(await NoteSigner.parse(text(c.private_key_text))).line(body)])).toBe(c.note_text);
    }
    case 'cosign':
      return expect(await good(await NoteSigner.parse(text(c.private_key_text))).line(text(c.body_text), BigInt(text(c.time)))).toBe(
        `${c.line_text}\n`,
      );
    case 'open': {
      const opened = await checkpoint.openCheckpoint(noteOf(c), text(c.origin_text), keysOf(c.log_keys_text), keysOf(c.witnesses_text));
      expect(errorOf(opened)).toBe(c.error ?? null);
      if (isRefused(opened)) return;
      expect([opened.size.toString(), hex(opened.root), cosignatures(opened.cosignatures)]).toEqual([c.size, c.root, c.cosignatures]);
      return;
    }
    default: {
      const bytes = c.proof_text === undefined ? bytesOf(c.proof) : utf8(text(c.proof_text));
      const opened = await checkpoint.openProof(bytes, bytesOf(c.leaf_hash), text(c.origin_text), keysOf(c.log_keys_text), keysOf(c.witnesses_text));
      expect(errorOf(opened)).toBe(c.error ?? null);
      if (isRefused(opened)) return;
      expect([opened.index.toString(), hex(opened.extra), cosignatures(opened.cosignatures)]).toEqual([c.index, c.extra, c.cosignatures]);
    }
  }
});

test('a state that was saved and loaded is the same state', () => {
  const state = new AccountState('00'.repeat(16));
  expect(equal(good(AccountState.load(state.save())).root, state.root)).toBe(true);
});

const publicLog = readVectors('public-log.json').filter((c) => c.call !== 'log');

test.each(publicLog.map((c) => [c.name, c] as const))('public log: %s', (_, c) => {
  switch (c.call) {
    case 'tile': {
      const tile = readTileName(text(c.path_text));
      expect(tile !== undefined).toBe(c.valid);
      if (!tile) return;
      expect([tile.level, tile.index.toString(), tile.width.toString()]).toEqual([c.level_text, c.index, c.width]);
      return expect(tilePath(tile)).toBe(c.path_text);
    }
    case 'edge':
      return expect(rightEdge(BigInt(text(c.size))).map(tilePath)).toEqual(c.paths_text);
    case 'bundle':
      return expect(readBundle(bytesOf(c.bundle), Number(text(c.width)))?.map(hex)).toEqual(c.entries);
    case 'entry':
      return expect(readEntry(utf8(text(c.entry_text)))?.type).toBe(c.type_text);
    case 'opening': {
      const opening = readOpening(text(c.opening_text));
      return expect(opening && hex(opening.value)).toBe(c.value);
    }
    case 'policy': {
      const policy = Policy.parse(text(c.policy_text));
      return expect(policy?.isSatisfied(new Set(list(c.cosigned_by_text).map(text)))).toBe(c.satisfied);
    }
    default: {
      const request = readAddCheckpoint(text(c.request_text));
      expect(request !== undefined).toBe(c.valid);
      if (!request) return;
      expect([request.old.toString(), request.proof.map(hex), request.origin]).toEqual([c.old, c.proof, c.origin_text]);
    }
  }
});
