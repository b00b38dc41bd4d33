import { expect, test } from 'vitest';
import { Card } from '../src/formats/card';
import { mergeHeads, type Version } from '../src/formats/merge';
import { messageKey, messageView, readSmsIe, readSyncTech } from '../src/formats/message';
import { contactKey, noteKey } from '../src/formats/natural-key';
import { Note } from '../src/formats/note';
import { hex, utf8 } from '../src/protocol/bytes';
import type { Kind } from '../src/protocol/ids';
import { decodeContent, encodeContent } from '../src/protocol/record';
import { bytesOf, good, type Json, list, number, readVectors, record, text } from './vectors';

const cases = readVectors('merge.json');

test.each(cases.filter((c) => c.what === 'item').map((c) => [c.name, c] as const))('a file becomes a record: %s', (_, c) => {
  const file = text(c.file_text);
  if (c.form === 'vcard') {
    const card = new Card(file);
    expect(hex(contactKey(card))).toBe(c.natural_key);
    expect(hex(encodeContent({ name: text(c.record_name), original: utf8(file), view: card.view(), files: [] }))).toBe(c.plaintext);
    expect(card.toString()).toBe(file);
  } else if (c.form === 'markdown') {
    const name = text(c.record_name);
    const note = new Note(file, name.slice(name.lastIndexOf('/') + 1));
    expect(hex(noteKey(note, name, text(c.content_id)))).toBe(c.natural_key);
    expect(hex(encodeContent({ name, original: utf8(file), view: note.view(null), files: [] }))).toBe(c.plaintext);
  } else {
    const message = (c.form === 'synctech' ? readSyncTech : readSmsIe)(file);
    if (!message) throw new Error('no message');
    expect(hex(messageKey(message, 0))).toBe(c.natural_key);
    expect(hex(encodeContent({ name: '', original: utf8(message.original), view: messageView(message, 0), files: [] }))).toBe(c.plaintext);
  }
});

const versionOf = (value: Json): Version => {
  const v = record(value);
  return { content: good(decodeContent(bytesOf(v.plaintext))), time: [number(v.ms), number(v.counter)], author: text(v.author) };
};

const merges = cases.filter((c) => c.what === 'merge');

const KIND: Record<string, Kind> = { contacts: 1, notes: 2, messages: 3, photos: 4 };

test.each(merges.map((c) => [c.name, c] as const))('merge: %s', (_, c) => {
  const heads = list(c.heads).map(versionOf);
  const basis = c.basis === undefined ? null : versionOf(c.basis);
  const kind = KIND[text(c.kind)]!;
  for (const order of [heads, [...heads].reverse()]) {
    const merged = mergeHeads(kind, basis, order);
    expect(merged && hex(encodeContent(merged))).toBe(c.merged);
  }
});
