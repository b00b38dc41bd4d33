/** What the page may ask to show: lists, the search, and one thing of them. The engine inherits it. */
import type { ContactFields, ContactPhoto } from '../formats/card';
import type { Bytes } from '../protocol/bytes';
import type { Id, Kind } from '../protocol/ids';
import type { FirstScreens } from './brief';
import type { Desk } from './desk';
import type { PhotoEdit } from './edits';
import * as lists from './lists';
import { Pairs } from './pairs';
import type { Answer, Searching } from './searching';
import type { NoteEdit } from './shapes';

export abstract class Views extends Pairs {
  protected abstract get first(): FirstScreens;
  protected abstract get searching(): Searching;

  // --- lists -------------------------------------------------------------------------------------------------------------------------------------------------

  photos(): lists.PhotoRow[] {
    return this.first.photos();
  }
  contacts(): lists.ContactRow[] {
    return lists.contacts(this.desk.shown(1));
  }
  notes(): lists.NoteRow[] {
    return lists.notes(this.desk.shown(2));
  }
  conversations(): lists.ConversationRow[] {
    return this.first.conversations();
  }
  messages(thread: string): lists.MessageRow[] {
    return lists.messages(this.desk.shown(3), thread);
  }
  /** One search over all kinds. Without `seen` the answer is whole; with the `parts` of the answer before it comes as soon as there is more than that was of. */
  search(query: string, seen?: number): Promise<Answer> {
    return this.searching.ask(query, seen);
  }
  photoBin(): ReturnType<typeof lists.photoBin> {
    return lists.photoBin(this.desk.removed(4));
  }
  bin(kind: Kind): lists.BinRow[] {
    return lists.bin(this.desk.removed(kind));
  }

  // --- one thing ---------------------------------------------------------------------------------------------------------------------------------------------

  contact(record: Id): ReturnType<Desk['contact']> {
    return this.desk.contact(record);
  }
  /** Writes a card: a new one where no record is named. Lines that were not edited stay byte for byte. */
  saveContact(record: Id | null, fields: ContactFields, photo?: ContactPhoto | null): Promise<Id> {
    return this.desk.saveContact(record, fields, photo);
  }
  note(record: Id): ReturnType<Desk['note']> {
    return this.desk.note(record);
  }
  /** Writes a note; files that are added are sealed with it, and linked to at its end. */
  saveNote(record: Id | null, edit: NoteEdit, added: { name: string; data: Blob }[] = []): Promise<Id> {
    return this.desk.saveNote(record, edit, added);
  }
  remove(kind: Kind, records: Id[]): Promise<void> {
    return this.desk.remove(kind, records);
  }
  bringBack(kind: Kind, ...records: Id[]): Promise<void> {
    return this.desk.bringBack(kind, records);
  }
  editPhotos(records: Id[], edit: PhotoEdit): Promise<void> {
    return this.desk.editPhotos(records, edit);
  }
  thumb(preview: Id): ReturnType<Desk['thumb']> {
    return this.desk.thumb(preview);
  }
  /** A file of a record, whole and checked. */
  file(kind: Kind, record: Id, index: number): ReturnType<Desk['file']> {
    return this.desk.file(kind, record, index);
  }
  /** Bytes of a file at a position. */
  fileAt(kind: Kind, record: Id, index: number, at: number, length: number): Promise<Bytes> {
    return this.desk.fileAt(kind, record, index, at, length);
  }
}
