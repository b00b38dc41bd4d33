/** By what a contact or note is known again; spec/records.md §2. A device that computes another key for the same thing makes a duplicate, never a loss. */
import { type Bytes, concat, unhex, utf8 } from '../protocol/bytes';
import type { Id } from '../protocol/ids';
import type { Card } from './card';
import type { Note } from './note';

/** The UID where there is one, else the card's canonical form. */
export function contactKey(card: Card): Bytes {
  const { uid } = card;
  return uid !== '' ? concat(utf8('u:'), utf8(uid)) : concat(utf8('h:'), card.canonicalHash());
}

/** @param content The content id of the first version met. */
export function noteKey(note: Note, name: string, content: Id): Bytes {
  const { id } = note;
  return id !== '' ? concat(utf8('i:'), utf8(id)) : concat(utf8('p:'), utf8(name), Uint8Array.of(0), unhex(content));
}
