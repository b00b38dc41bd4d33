import { expect, test } from 'vitest';
import { Markdown } from '../src/app/markdown';
import { items } from '../src/engine/sequence';
import { Card } from '../src/formats/card';
import { mergeContacts } from '../src/formats/contact-merge';
import { readPack } from '../src/formats/greeting-pack';
import { messageKey, messageView, plainAddress, readSmsIe, readSyncTech } from '../src/formats/message';
import { Note, safeFileName } from '../src/formats/note';
import { mergeNotes } from '../src/formats/note-merge';
import { type Bytes, fromUtf8, hex, utf8 } from '../src/protocol/bytes';
import { type Cbor, decodeSome, encode } from '../src/protocol/cbor';
import { openProof, parseCheckpoint } from '../src/protocol/checkpoint';
import { decodeCommit, decodeLeaf, encodeCommit } from '../src/protocol/commit';
import { readSignature } from '../src/protocol/http-signature';
import { readLedger } from '../src/protocol/ledger';
import { CompactRange } from '../src/protocol/merkle';
import { openNote, VerifierKey } from '../src/protocol/note';
import { parseLink } from '../src/protocol/pairing';
import { readSecret } from '../src/protocol/password';
import { readWords } from '../src/protocol/phrase';
import { Policy, readAddCheckpoint, readBundle, readEntry, readOpening, readTileName } from '../src/protocol/public-log';
import { isRefused } from '../src/protocol/refusal';
import { bytesOf, good, readVectors, text } from './vectors';

/** The same numbers every time: what fails here fails again. */
function numbers(seed: number): (n: number) => number {
  let x = seed;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

function bent(seed: Bytes, next: (n: number) => number): Bytes {
  let bytes = seed.slice();
  for (let k = next(6); k >= 0 && bytes.length > 0; k--) {
    const at = next(bytes.length);
    const what = next(4);
    if (what === 0) bytes[at] = next(256);
    else if (what === 1) bytes = bytes.slice(0, at);
    else if (what === 2) bytes = new Uint8Array([...bytes.slice(0, at), ...bytes.slice(next(at + 1))]);
    else bytes[at]! ^= 1 << next(8);
  }
  return bytes;
}

const ROUNDS = 1500;
const vectors = (file: string, field: string): Bytes[] =>
  readVectors(file).flatMap((c) =>
    typeof c[field] === 'string' ? [field.endsWith('_text') || field === 'text' ? utf8(text(c[field])) : bytesOf(c[field])] : [],
  );
const asText = (read: (s: string) => unknown) => (b: Bytes) => read(fromUtf8(b) ?? String.fromCharCode(...b.subarray(0, 4096)));

const READERS: [name: string, seeds: Bytes[], read: (b: Bytes) => unknown][] = [
  ['leaf', [...vectors('history.json', 'leaf'), ...vectors('people.json', 'leaf')], decodeLeaf],
  [
    'commit',
    [...vectors('commit.json', 'body'), ...vectors('people.json', 'leaf').map((l) => good(decodeLeaf(l)).body)],
    (b) => {
      const commit = decodeCommit(b);
      // What reads has one spelling.
      if (!isRefused(commit)) expect(hex(encodeCommit(commit))).toBe(hex(b));
    },
  ],
  ['vkey', vectors('note.json', 'vkey_text'), asText(VerifierKey.parse)],
  ['note', vectors('note.json', 'note_text'), (b) => openNote(b, [])],
  ['checkpoint', vectors('checkpoint.json', 'body_text'), asText(parseCheckpoint)],
  ['proof', vectors('checkpoint.json', 'proof_text'), (b) => openProof(b, new Uint8Array(32), 'log.example/a', [], [])],
  ['range', vectors('merkle.json', 'bytes'), CompactRange.parse],
  ['ledger', vectors('ledger.json', 'ledger_text'), readLedger],
  ['words', vectors('phrase.json', 'typed_text'), asText(readWords)],
  ['secret', vectors('password.json', 'typed_text'), asText(readSecret)],
  [
    'card',
    vectors('merge.json', 'file_text'),
    asText((s) => [new Card(s).view(), new Card(s).canonicalHash(), new Card(s).edit({ ...new Card(s).fields, fn: 'x' }).toString()]),
  ],
  ['markdown', vectors('merge.json', 'file_text'), asText((s) => new Note(s, 'n.md').edit({ tags: ['a'], pinned: true }).view(1))],
  [
    'message',
    vectors('merge.json', 'file_text'),
    asText((s) => [readSyncTech(s), readSmsIe(s)].map((m) => m && [messageKey(m, 0), messageView(m, 1)])),
  ],
  [
    'merge of cards',
    vectors('merge.json', 'file_text'),
    (b) => {
      const [one, other] = [utf8('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nTEL:1\r\nEND:VCARD\r\n'), b];
      for (const basis of [null, one]) {
        const merged = mergeContacts(basis, one, other);
        // Merging the result once more with either side changes nothing.
        if (merged) expect(mergeContacts(other, merged, other)).toEqual(merged);
      }
    },
  ],
  [
    'merge of notes',
    vectors('merge.json', 'file_text'),
    (b) => [null, utf8('---\ntags: [a]\n---\n# Title\n')].map((basis) => mergeNotes(basis, utf8('# Title\n\nmore words\n'), b, ['a', 'b'])),
  ],
  ['tile name', vectors('public-log.json', 'path_text'), asText(readTileName)],
  ['bundle', vectors('public-log.json', 'bundle'), (b) => readBundle(b, 2)],
  ['log entry', vectors('public-log.json', 'entry_text'), readEntry],
  ['opening', vectors('public-log.json', 'opening_text'), asText(readOpening)],
  ['policy', vectors('public-log.json', 'policy_text'), asText((t) => Policy.parse(t)?.isSatisfied(new Set()))],
  ['request to a witness', vectors('public-log.json', 'request_text'), asText(readAddCheckpoint)],
  [
    'greeting pack',
    vectors('greeting-pack.json', 'head').map((head) => {
      const file = new Uint8Array(16 << 10);
      file.set(head.subarray(0, file.length));
      return file;
    }),
    (b) => {
      const file = new Uint8Array(16 << 10);
      file.set(b.subarray(0, file.length));
      readPack(file);
    },
  ],
  ['signature', vectors('http.json', 'signature_input_text'), asText((s) => readSignature(s, s))],
];

test.each(READERS.filter(([, seeds]) => seeds.length > 0))('Bent bytes do not make the reader of a %s throw', async (_, seeds, read) => {
  const next = numbers(20_261_128);
  for (let i = 0; i < ROUNDS; i++) await read(bent(seeds[next(seeds.length)]!, next));
});

test('Some fields of a packed record are those of the whole, and bent bytes are refused or read, never thrown at', () => {
  const view = new Map<string, Cbor>([
    ['a', 'text'],
    ['bb', [1, -2, [null, true], new Map([['in', 'side']])]],
    ['ccc', 2n ** 60n],
    ['dddd', new Uint8Array(300)],
  ]);
  const packed = encode(['name', view, [['file']]]);
  for (const key of view.keys()) expect(good(decodeSome(packed, new Set([key])))).toEqual({ first: 'name', view: new Map([[key, view.get(key)]]) });
  expect(good(decodeSome(packed, new Set(['none']))).view.size).toBe(0);
  for (let i = 0; i < packed.length; i++) {
    expect(isRefused(decodeSome(packed.slice(0, Math.min(i, packed.length - 8)), new Set(['a'])))).toBe(true);
    for (const bit of [1, 0x20, 0x80]) {
      const bent = packed.slice();
      bent[i]! ^= bit;
      const read = decodeSome(bent, new Set(['a', 'dddd']));
      expect(isRefused(read) || read.view.size <= 2).toBe(true);
    }
  }
});

test('A link that is bent is refused or read, never thrown at', () => {
  const next = numbers(7);
  const seed = utf8('candor:pair/home%2eexample/493028117/316e16060828d28e677cb228e732d0ebc4eb32ad9b9222fc9af6394884686040');
  for (let i = 0; i < ROUNDS; i++) parseLink(fromUtf8(bent(seed, next)) ?? '');
});

test('A sequence cut and joined anywhere gives the same items', async () => {
  const values = [[1, 'text', new Uint8Array(3000)], new Map([['a', 1]]), null, 'x'.repeat(700)];
  const whole = new Uint8Array(values.flatMap((v) => [...encode(v)]));
  const next = numbers(3);
  for (let round = 0; round < 40; round++) {
    const cuts = Array.from({ length: 5 }, () => next(whole.length)).sort((a, b) => a - b);
    const pieces = [0, ...cuts].map((from, i) => whole.slice(from, cuts[i] ?? whole.length));
    const stream = new ReadableStream<Bytes>({
      start(c) {
        for (const p of pieces) c.enqueue(p);
        c.close();
      },
    });
    const read: string[] = [];
    for await (const item of items(stream.getReader(), 10_000)) read.push(isRefused(item) ? item.error : hex(encode(item)));
    expect(read).toEqual(values.map((v) => hex(encode(v))));
  }
});

/** Half a megabyte of what makes careless patterns go back and forth. */
const LONG = [
  '<sms ',
  '<sms a="',
  '<part data="x" ',
  'a="b" ',
  '&#',
  '-----',
  '---\n',
  '- [ ] ',
  '[',
  '](',
  '![',
  '<',
  '"',
  ';TYPE=a',
  'A;B:',
  'TEL;',
  '=\n',
  ' \n',
  '\\n',
  '#',
  '# ',
  '>',
  '*',
  '**a',
  '_a',
  '`',
  'tags:\n',
  '\u0301',
  '<part\t',
  '<part data=',
].map((s) => [JSON.stringify(s), s.repeat(Math.ceil(500_000 / s.length))] as const);

test.each(LONG)('Half a megabyte of %s is read in a moment', (_, long) => {
  // Of the processor, not of the clock: other programs may run beside.
  const began = process.cpuUsage();
  for (const s of [long, `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:${long}\r\nEND:VCARD\r\n`, `<mms address="1" ${long}`, `---\n${long}\n---\n`]) {
    new Card(s).view();
    new Note(s, 'n.md').view(1);
    mergeContacts(null, utf8(s), utf8(`BEGIN:VCARD\nVERSION:3.0\n${s}\nEND:VCARD\n`));
    mergeNotes(utf8(`${s}a`), utf8(s), utf8(`a${s}`), ['a', 'b']);
    readSyncTech(s);
    readSmsIe(s);
  }
  // Drawn in the page's own thread, a line each and all in one.
  Markdown({ text: long });
  Markdown({ text: long.replace(/(.{60})/g, '$1\n') });
  Markdown({ text: long.slice(0, 200_000).replace(/(.{3900})/g, '$1\n\n') });
  plainAddress(long);
  safeFileName(long, '.md');
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(8000);
});
