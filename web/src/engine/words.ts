/** What the page may ask about contacts, notes and messages as files: exports, imports, duplicates, history. The engine's own part is in engine.ts; it inherits this one. */
import { Card } from '../formats/card';
import { cutCards } from '../formats/card-file';
import { type Duplicate, findDuplicates } from '../formats/duplicates';
import { CONTACT_KEYS } from '../formats/merge';
import { messageKey, messageView, readSyncTech } from '../formats/message';
import { cutMessages, isElement, partsOf, smsElement, withParts } from '../formats/message-file';
import { contactKey } from '../formats/natural-key';
import { safeFileName } from '../formats/note';
import { fromUtf8, hex, utf8 } from '../protocol/bytes';
import { comparePlaces, type Place } from '../protocol/commit';
import { sha256 } from '../protocol/hash';
import { placeKey } from '../protocol/heads';
import { type Id, KINDS, type Kind, randomId, recordId } from '../protocol/ids';
import { type Content, type RecordFile, viewNumber, viewText, viewTexts } from '../protocol/record';
import type { Account } from './account';
import type { Desk } from './desk';
import { ownWords } from './drill';
import { keepOthers } from './edits';
import { readFile } from './files';
import type { VaultKeys } from './key-ring';
import { announce, announcedAt, erased, type Receipt, receiptOf } from './leaving';
import type { Entry } from './library';
import type { Draft } from './outbox';
import { DeviceProblem } from './problems';
import type { ServerApi } from './server-api';
import type { DeviceRow, Store } from './store';

const AT_ONCE = 200;
const MAX_CARDS = 50_000;
const MAX_PART = 64 << 20;
const MAX_VERSIONS = 500;
/** Of a version that waits. */
const NO_PLACE: Place = [Number.MAX_SAFE_INTEGER, 0];

export interface VersionRow {
  readonly place: Place;
  readonly time: number;
  readonly device: string;
  readonly removed: boolean;
  /** Of more than one parent: it joins what several devices wrote. */
  readonly joins: boolean;
  readonly isHead: boolean;
  /** Kept in this browser, and not in the log yet. It has no place there. */
  readonly waits: boolean;
}

export interface Imported {
  readonly added: number;
  readonly changed: number;
  readonly same: number;
  readonly unread: number;
}

export interface Kit {
  /** The account secret; null: no password is set. */
  readonly secret: string | null;
  /** Fingerprint of the key that checks the server's signatures: eight groups of four hex digits. */
  readonly serverKey: string;
}

export interface Person {
  readonly record: Id;
  readonly name: string;
  readonly tel: string[];
  readonly email: string[];
  /** As the card has it. */
  readonly bday: string;
}

/** What can be handed to a file: the text of an item, or a file of its record. */
export interface ExportRow {
  readonly record: Id;
  readonly name: string;
  readonly files: { index: number; name: string; size: number }[];
  readonly time: number | null;
}

/** Methods of this class that the page may not call. */
export const INNER = ['entry', 'messageElement', 'importMessage'];

export abstract class Words {
  protected abstract get here(): { readonly account: Account; readonly api: ServerApi; readonly row: DeviceRow };
  protected abstract get at(): { readonly store: Store };
  protected abstract get desk(): Desk;
  protected abstract changed(lists: boolean): void;

  private entry(kind: Kind, record: Id): Entry {
    const entry = this.here.account.library.entry(kind, record);
    if (!entry) throw new DeviceProblem('no-such-record');
    return entry;
  }

  // --- contacts ----------------------------------------------------------------------------------------------------------------------------------------------

  /** Cards as one file, as they came, or all in 3.0. */
  async cards(records: Id[], in30: boolean): Promise<string> {
    let out = '';
    for (const record of records) {
      const text = fromUtf8((await this.desk.contentOf(1, record)).original) ?? '';
      const card = in30 ? new Card(text).as30().toString() : text;
      out += card === '' || /[\r\n]$/.test(card) ? card : `${card}\r\n`;
    }
    return out;
  }

  /** Takes in a file of cards. One that is here already, by its UID or its content, gets a new version where it says something else. */
  async importCards(file: string): Promise<Imported> {
    const { keys } = this.desk.target(1, null);
    const here = new Set(this.desk.shown(1).map((e) => e.record));
    const changes = new Map<Id, Draft>();
    const count = { added: 0, changed: 0, same: 0, unread: 0 };
    for (const text of cutCards(file, MAX_CARDS)) {
      const card = new Card(text);
      if (card.displayName === '') {
        count.unread++;
        continue;
      }
      const record = recordId(keys.idKey, contactKey(card));
      const original = utf8(text);
      if (changes.has(record)) count.same++;
      else if (here.has(record)) {
        const before = await this.desk.contentOf(1, record);
        if (fromUtf8(before.original) === text) count.same++;
        else {
          count.changed++;
          changes.set(record, { record, content: { ...before, original, view: keepOthers(card.view(), before, CONTACT_KEYS) } });
        }
      } else {
        count.added++;
        const name = this.desk.freeName(1, safeFileName(card.displayName, '.vcf'));
        const taken = [...changes.values()].filter((c) => c.content?.name === name).length;
        const own = taken === 0 ? name : name.replace(/\.vcf$/, ` (${record.slice(0, 6)}).vcf`);
        changes.set(record, { record, all: true, content: { name: own, original, view: card.view(), files: [] } });
      }
    }
    const drafts = [...changes.values()];
    const parts = Array.from({ length: Math.ceil(drafts.length / AT_ONCE) }, (_, i) => drafts.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
    if (parts.length > 0) await this.desk.changeInParts(1, parts);
    return count;
  }

  /** Sets of contacts that may be one person. Nothing is joined here. */
  duplicates(): Duplicate[] {
    return findDuplicates(
      this.desk.shown(1).flatMap((e) => {
        const view = e.summary?.view;
        if (!view || view.get('group') === true) return [];
        const list = (key: string) =>
          Array.isArray(view.get(key)) ? (view.get(key) as unknown[]).filter((v): v is string => typeof v === 'string') : [];
        return [{ record: e.record, name: viewText(view, 'fn') ?? '', tel: list('tel'), email: list('email') }];
      }),
    );
  }

  /** Makes one contact of several, in one change, which happens whole or not at all: the first takes over what the others say, and they are removed. */
  async joinContacts(records: Id[]): Promise<void> {
    const [keep, ...others] = records;
    if (!keep || others.length === 0) throw new DeviceProblem('no-such-record');
    const before = await Promise.all(
      records.map(async (record): Promise<Draft> => ({ record, content: await this.desk.contentOf(1, record), all: true })),
    );
    const content = before[0]!.content!;
    let card = new Card(fromUtf8(content.original) ?? '');
    for (const other of before.slice(1)) card = card.absorb(new Card(fromUtf8(other.content!.original) ?? ''));
    const joined = { ...content, original: utf8(card.toString()), view: keepOthers(card.view(), content, CONTACT_KEYS) };
    await this.desk.change(1, [
      { record: keep, content: joined, all: true },
      ...others.map((record): Draft => ({ record, content: null, all: true })),
    ]);
    this.joined = before;
  }

  /** Undoes the last joining: each is as it was, as a new version. */
  async undoJoin(): Promise<void> {
    const before = this.joined;
    if (!before) throw new DeviceProblem('no-such-record');
    await this.desk.change(1, before);
    this.joined = null;
  }
  private joined: Draft[] | null = null;

  /** Whom a greeting can be for: people with their numbers, addresses and birthdays. None where contacts are off. */
  people(): Person[] {
    return this.desk.shown(1).flatMap((e) => {
      const view = e.summary?.view;
      if (!view || view.get('group') === true) return [];
      const one = { record: e.record, name: viewText(view, 'fn') ?? '', tel: viewTexts(view, 'tel'), email: viewTexts(view, 'email') };
      return [{ ...one, bday: viewText(view, 'bday') ?? '' }];
    });
  }

  // --- history -----------------------------------------------------------------------------------------------------------------------------------------------

  /** Every version of a record, the latest first. */
  async history(kind: Kind, record: Id): Promise<VersionRow[]> {
    const { account } = this.here;
    const waiting = this.desk.waiting(record);
    const heads = waiting ? (account.library.entry(kind, record)?.heads ?? []) : this.entry(kind, record).heads;
    const open = new Map(heads.map((h) => [placeKey(h.place), h.place]));
    const rows: VersionRow[] = [];
    if (waiting) {
      const device = await account.keyRing.nameOf(account.state.current, account.me);
      rows.push({ place: NO_PLACE, time: waiting.at, device, removed: waiting.content === null, joins: false, isHead: true, waits: true });
    }
    while (open.size > 0 && rows.length < MAX_VERSIONS) {
      const place = [...open.values()].reduce((a, b) => (comparePlaces(a, b) > 0 ? a : b));
      open.delete(placeKey(place));
      const commit = await account.commitAt(place[0]);
      const o = commit?.operations[place[1]];
      if (!commit || (o?.op !== 'put' && o?.op !== 'remove')) continue;
      const device = await account.keyRing.nameOf(account.state.current, commit.author);
      rows.push({
        place,
        time: commit.time[0],
        device,
        removed: o.op === 'remove',
        joins: o.parents.length > 1,
        isHead: !waiting && heads.some((h) => comparePlaces(h.place, place) === 0),
        waits: false,
      });
      for (const p of o.parents) open.set(placeKey(p), p);
    }
    return rows;
  }

  /** The text of one version; null where it cannot be read here. */
  async versionText(kind: Kind, record: Id, place: Place): Promise<string | null> {
    const content = comparePlaces(place, NO_PLACE) === 0 ? this.desk.waiting(record)?.content : await this.here.account.content(kind, place);
    return content ? (fromUtf8(content.original) ?? null) : null;
  }

  /** Puts earlier versions back, all in one change, each as a new version: nothing is taken out of the history. */
  async putBack(kind: Kind, versions: { record: Id; place: Place }[]): Promise<void> {
    const drafts = versions.map(async ({ record, place }): Promise<Draft> => {
      const content = await this.here.account.content(kind, place);
      if (!content) throw new DeviceProblem('not-here');
      return { record, content, all: true };
    });
    await this.desk.change(kind, await Promise.all(drafts));
  }

  // --- messages ----------------------------------------------------------------------------------------------------------------------------------------------

  /** Elements of an export, those of one conversation or of all, in the order of their times. */
  messageRecords(thread: string | null): Id[] {
    return this.desk
      .shown(3)
      .filter((e) => e.summary && (thread === null || (viewText(e.summary.view, 'thread') ?? '') === thread))
      .sort((a, b) => (viewNumber(a.summary!.view, 'date') ?? 0) - (viewNumber(b.summary!.view, 'date') ?? 0) || (a.record < b.record ? -1 : 1))
      .map((e) => e.record);
  }

  /** Lines of SyncTech's XML for these messages: byte for byte what came, where it came so. */
  async messageXml(records: Id[]): Promise<string> {
    let out = '';
    for (const record of records) out += `  ${await this.messageElement(record)}\n`;
    return out;
  }

  private async messageElement(record: Id): Promise<string> {
    const { account } = this.here;
    const content = await this.desk.contentOf(3, record);
    const original = fromUtf8(content.original) ?? '';
    const { view } = content;
    if (!isElement(original)) {
      const addresses = view.get('addr');
      const first = Array.isArray(addresses) && Array.isArray(addresses[0]) ? addresses[0][0] : '';
      return smsElement({
        address: viewText(view, 'thread') ?? (typeof first === 'string' ? first : ''),
        date: viewNumber(view, 'date') ?? 0,
        box: viewNumber(view, 'box') ?? 1,
        body: viewText(view, 'body') ?? '',
        subject: viewText(view, 'subject') ?? '',
        read: view.get('read') === true,
        name: viewText(view, 'name') ?? '',
      });
    }
    const { keys } = this.desk.target(3, record);
    const data = new Map<number, { mediaType: string; bytes: Uint8Array<ArrayBuffer> }>();
    for (const file of content.files) {
      const n = /^part\/(\d{1,4})$/.exec(file.role)?.[1];
      if (n !== undefined)
        data.set(Number(n), {
          mediaType: file.mediaType,
          bytes: await readFile(this.desk.source, { account: account.id, kind: 3, record }, keys, file, MAX_PART),
        });
    }
    return withParts(original, data);
  }

  /** Takes in SyncTech's XML. What is here already stays as it is. */
  async importMessages(xml: string): Promise<Imported> {
    const { keys } = this.desk.target(3, null);
    const here = new Set([...this.here.account.library.entries(3)].map((e) => e.record).concat(this.desk.shown(3).map((e) => e.record)));
    const seen = new Map<string, number>();
    const count = { added: 0, changed: 0, same: 0, unread: 0 };
    let drafts: Draft[] = [];
    for (const element of cutMessages(xml)) {
      const message = readSyncTech(element);
      if (!message) {
        count.unread++;
        continue;
      }
      const plain = recordId(keys.idKey, messageKey(message, 0));
      const occurrence = seen.get(plain) ?? 0;
      seen.set(plain, occurrence + 1);
      const record = recordId(keys.idKey, messageKey(message, occurrence));
      if (here.has(record)) {
        count.same++;
        continue;
      }
      count.added++;
      drafts.push(await this.importMessage(record, keys, utf8(message.original), messageView(message, occurrence), element));
      if (drafts.length >= AT_ONCE) {
        await this.desk.change(3, drafts);
        drafts = [];
      }
    }
    if (drafts.length > 0) await this.desk.change(3, drafts);
    return count;
  }

  private async importMessage(record: Id, keys: VaultKeys, original: Content['original'], view: Content['view'], element: string): Promise<Draft> {
    const revision = randomId();
    const files: RecordFile[] = [];
    for (const part of partsOf(element)) {
      const what = { role: `part/${part.n}`, name: part.name, mediaType: part.mediaType, revision };
      files.push(await this.desk.stage(3, record, keys, what, new Blob([part.data])));
    }
    return { record, revision, content: { name: '', original, view, files } };
  }

  // --- leaving -----------------------------------------------------------------------------------------------------------------------------------------------

  /** What of a kind an export writes: names below the kind's folder. Previews are made anew wherever they are wanted. */
  exportRows(kind: Kind): ExportRow[] {
    return this.desk
      .shown(kind)
      .filter((e) => e.summary && !e.summary.view.has('of'))
      .map((e) => ({
        record: e.record,
        name: e.summary!.name,
        files: e.summary!.files.map((f, index) => ({ index, name: f.name, size: f.size })),
        time: viewNumber(e.summary!.view, kind === 4 ? 'utc' : 'updated') ?? viewNumber(e.summary!.view, 'modified') ?? null,
      }));
  }

  /** Announces that a kind is erased a day from now; it is off here at once. */
  async announceErase(kind: Kind): Promise<void> {
    await announce(this.here.account, kind);
    this.changed(true);
  }

  /** What is printed beside the words, for who has typed them: throws where they are not this account's. */
  async kit(words: string): Promise<Kit> {
    const { account, row } = this.here;
    await ownWords(account, words);
    const digest = hex(sha256(utf8(row.vkey)).slice(0, 16));
    return { secret: await account.keyRing.accountSecret(account.state.current), serverKey: digest.match(/.{4}/g)!.join('-') };
  }

  /** Kinds that were erased, and when. */
  erased(): Promise<{ kind: Kind; at: number }[]> {
    return erased(this.here.account);
  }
  /** The receipt of a kind's erasure, for the person to keep. */
  async receipt(kind: Kind): Promise<Receipt> {
    return receiptOf(this.here.account, kind, await this.at.store.get('checkpoint'));
  }

  /** Kinds that this device has announced to erase, and when. */
  async erasures(): Promise<{ kind: Kind; at: number }[]> {
    const found: { kind: Kind; at: number }[] = [];
    for (const kind of KINDS) {
      const at = await announcedAt(this.here.account, kind);
      if (at !== null) found.push({ kind, at });
    }
    return found;
  }

  /** The original text of a note, byte for byte. */
  async original(kind: Kind, record: Id): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.desk.contentOf(kind, record)).original;
  }
}
