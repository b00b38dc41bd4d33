/** Opens and edits single things. An edit is kept in the outbox first, then sent; a server that does not answer keeps nobody waiting. */
import { Card, type ContactFields, type ContactPhoto } from '../formats/card';
import { CONTACT_KEYS, NOTE_KEYS } from '../formats/merge';
import { Note, type NoteFields, safeFileName } from '../formats/note';
import { type Bytes, fromUtf8, hex, utf8 } from '../protocol/bytes';
import { type Id, isKind, type Kind, newNaturalKey, randomId, recordId } from '../protocol/ids';
import { type Content, viewBytes, viewText } from '../protocol/record';
import type { Account } from './account';
import { editedView, fileName, freeFile, keepOthers, type PhotoEdit, uuid } from './edits';
import { type Readers, readFile, readFileAt, stageFile } from './files';
import type { VaultKeys } from './key-ring';
import { type Entry, isRemoved, shownHead } from './library';
import type { Draft, Outbox, Waiting } from './outbox';
import { Alarm, DeviceProblem } from './problems';
import { isForLater, type Sender } from './send';
import type { ServerApi } from './server-api';
import type { NoteEdit } from './shapes';
import type { Store } from './store';

/** So long a person waits for the server's word; then the change is "kept here, and sent later". */
const PATIENCE_MS = 4000;
const MAX_FILE = 512 << 20;

export interface FileInfo {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
}

export class Desk {
  constructor(
    readonly account: Account,
    private readonly api: ServerApi,
    private readonly store: Store,
    private readonly outbox: Outbox,
    private readonly sender: Sender,
    private readonly changed: () => void,
  ) {}

  /** Records of a kind that are not removed, with what waits to be sent. The same array until something changes; not to be changed. */
  shown(kind: Kind): Entry[] {
    const { library } = this.account;
    const now = `${library.revision}/${library.reads}/${this.outbox.revision}`;
    if (now !== this.made) this.lists.clear();
    this.made = now;
    let entries = this.lists.get(kind);
    if (!entries) {
      entries = this.outbox.overlaid(kind, this.account.library.entries(kind)).filter((e) => !isRemoved(e));
      this.lists.set(kind, entries);
    }
    return entries;
  }
  private readonly lists = new Map<Kind, Entry[]>();
  private made = '';
  removed(kind: Kind): Entry[] {
    return this.outbox.overlaid(checked(kind), this.account.library.entries(kind)).filter((e) => e.heads.every((h) => h.removed));
  }

  private entry(kind: Kind, record: Id): Entry | undefined {
    return this.account.library.entry(checked(kind), record);
  }

  private versions(kind: Kind, record: Id): number {
    return this.outbox.waiting(record) ? 1 : (this.entry(kind, record)?.heads.length ?? 0);
  }

  /** The newest change of a record that is not in the log yet, and when it was made. */
  waiting(record: Id): { content: Content | null; at: number } | undefined {
    const content = this.outbox.waiting(record)?.content;
    const at = this.outbox.all.filter((r) => r.changes.some((c) => c.record === record)).at(-1)?.at;
    return content === undefined || at === undefined ? undefined : { content, at };
  }

  async contentOf(kind: Kind, record: Id): Promise<Content> {
    const waiting = this.outbox.waiting(record);
    if (waiting?.content) return waiting.content;
    const entry = this.entry(kind, record);
    if (!entry || waiting) throw new DeviceProblem('no-such-record');
    const content = await this.account.content(kind, shownHead(entry).place);
    if (!content) throw new DeviceProblem(content === null ? 'unreadable' : 'not-here');
    return content;
  }

  /** Keeps changes, and sends them if the server answers soon. Throws what will not get better by waiting; then they are not kept. */
  change(kind: Kind, drafts: Draft[]): Promise<void> {
    return this.changeInParts(kind, [drafts]);
  }

  /**
   * Changes too many for one commit: each part is one, and happens whole or not at all. All parts are kept before the first is sent, and a person waits for the server once. Where a part
   * is refused for good, those before it stand and those behind it are not kept.
   */
  async changeInParts(kind: Kind, parts: readonly Draft[][]): Promise<void> {
    const standing = await this.store.get('alarm');
    if (standing) throw new Alarm(standing.kind, standing.detail, standing.evidence);
    this.target(kind, null);
    const rows: Waiting[] = [];
    try {
      for (const drafts of parts) {
        if (drafts.length === 0) continue;
        rows.push(await this.outbox.add(kind, this.account.size, Date.now(), drafts, (record) => this.entry(kind, record)));
        this.sender.madeNow(rows.at(-1)!);
      }
    } catch (e) {
      await this.outbox.settle(rows);
      throw e;
    }
    this.changed();
    await this.sent(rows);
  }

  /** In a moment, or later: the run goes on by itself. */
  private async sent(rows: readonly Waiting[]): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    try {
      const run = this.sender.until(rows);
      await Promise.race([run, patience]);
    } catch (e) {
      const isOurs = rows.some((r) => r.n === this.sender.failedAt && this.outbox.has(r.n));
      if (isForLater(e) || !isOurs) return;
      await this.outbox.settle(rows.filter((r) => this.outbox.has(r.n)));
      throw e;
    } finally {
      this.sender.leave(rows);
      clearTimeout(timer);
      this.changed();
    }
  }

  /** The kind's keys, and the id that a record has or a new one gets. */
  target(kind: Kind, record: Id | null): { keys: VaultKeys; id: Id } {
    const { account } = this;
    const keys = account.isOn(kind) ? account.keyRing.vault(kind, account.state.current) : undefined;
    if (!keys) throw new DeviceProblem('kind-off');
    return { keys, id: record ?? recordId(keys.idKey, newNaturalKey()) };
  }

  /** Seals a file of a record into the store: it is sent with the change that names it. */
  stage(kind: Kind, record: Id, keys: VaultKeys, what: Parameters<typeof stageFile>[3], data: Blob): ReturnType<typeof stageFile> {
    return stageFile(this.store, { account: this.account.id, kind, record }, keys, what, data);
  }

  private async put(kind: Kind, record: Id | null, content: Content, chosen?: { id: Id; revision: Id }): Promise<Id> {
    const id = chosen?.id ?? this.target(kind, record).id;
    await this.change(kind, [{ record: id, content, ...(chosen ? { revision: chosen.revision } : {}) }]);
    return id;
  }

  // --- contacts and notes ------------------------------------------------------------------------------------------------------------------------------------

  async contact(record: Id): Promise<{ fields: ContactFields; raw: string; versions: number; photo: ContactPhoto | null }> {
    const content = await this.contentOf(1, record);
    const raw = fromUtf8(content.original) ?? '';
    const card = new Card(raw);
    return { fields: card.fields, raw, versions: this.versions(1, record), photo: card.photo };
  }

  async saveContact(record: Id | null, fields: ContactFields, photo?: ContactPhoto | null): Promise<Id> {
    if (record) {
      const content = await this.contentOf(1, record);
      const before = new Card(fromUtf8(content.original) ?? '');
      const card = (before.isCard ? before : Card.empty(uuid())).edit(fields, photo);
      return this.put(1, record, { ...content, original: utf8(card.toString()), view: keepOthers(card.view(), content, CONTACT_KEYS) });
    }
    const card = Card.empty(uuid()).edit(fields, photo);
    const name = this.freeName(1, safeFileName(card.displayName, '.vcf'));
    return this.put(1, null, { name, original: utf8(card.toString()), view: card.view(), files: [] });
  }

  async note(record: Id): Promise<{ fields: NoteFields; name: string; versions: number; files: FileInfo[] }> {
    const content = await this.contentOf(2, record);
    const note = new Note(fromUtf8(content.original) ?? '', fileName(content.name));
    const files = content.files.map((f) => ({ name: f.name, mediaType: f.mediaType, size: f.size }));
    return { fields: note.fields, name: content.name, versions: this.versions(2, record), files };
  }

  async saveNote(record: Id | null, edit: NoteEdit, added: { name: string; data: Blob }[]): Promise<Id> {
    const { keys, id } = this.target(2, record);
    const before = record ? await this.contentOf(2, record) : null;
    const now = Date.now();
    const first = new Note(before ? (fromUtf8(before.original) ?? '') : '', before ? fileName(before.name) : '').edit({ ...edit, updated: now });
    const name = before?.name ?? this.freeName(2, safeFileName(first.title, '.md'));
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    const revision = randomId();
    const files = [...(before?.files ?? [])];
    let links = '';
    for (const [i, { name: own, data }] of added.entries()) {
      const plain = freeFile(own, folder, files);
      const what = { role: `attachment/${i}`, name: folder + plain, mediaType: data.type || 'application/octet-stream', revision };
      files.push(await stageFile(this.store, { account: this.account.id, kind: 2, record: id }, keys, what, data));
      const link = `[${plain.replace(/[[\]\\]/g, ' ')}](${encodeURI(plain).replace(/[()#?]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)})`;
      links += `\n${what.mediaType.startsWith('image/') ? '!' : ''}${link}\n`;
    }
    const note = links === '' ? first : first.edit({ body: first.body + links });
    const fresh = new Note(note.text, fileName(name)).view(now);
    const view = before ? keepOthers(fresh, before, NOTE_KEYS) : fresh;
    if (files.length > 0)
      view.set(
        'names',
        files.map((f) => f.name),
      );
    return this.put(2, record, { name, original: utf8(note.text), view, files }, { id, revision });
  }

  freeName(kind: Kind, name: string): string {
    const taken = new Set(this.shown(kind).map((e) => e.summary?.name.toLowerCase()));
    const dot = name.lastIndexOf('.');
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? name : `${name.slice(0, dot)} (${n})${name.slice(dot)}`;
      if (!taken.has(candidate.toLowerCase())) return candidate;
    }
  }

  // --- any kind ----------------------------------------------------------------------------------------------------------------------------------------------

  async remove(kind: Kind, records: Id[]): Promise<void> {
    for (const record of records) if (!this.entry(kind, record) && !this.outbox.waiting(record)) throw new DeviceProblem('no-such-record');
    for (let i = 0; i < records.length; i += 1000) {
      await this.change(
        kind,
        records.slice(i, i + 1000).map((record): Draft => ({ record, content: null, all: true })),
      );
    }
  }

  /** Brings back what was removed: the version before the removal, as a new one; a photo with its preview. */
  async bringBack(kind: Kind, records: Id[]): Promise<void> {
    const drafts: Draft[] = [];
    for (const record of records) {
      const entry = this.entry(kind, record);
      const content = entry?.place && (await this.account.content(kind, entry.place));
      if (!content) throw new DeviceProblem(entry ? 'not-here' : 'no-such-record');
      drafts.push({ record, content, all: true });
    }
    await this.change(kind, drafts);
  }

  /** What a person says of photos; the files stay as they are, and so does what this app does not know of their views. */
  async editPhotos(records: Id[], edit: PhotoEdit): Promise<void> {
    for (let i = 0; i < records.length; i += 500) {
      const drafts = await Promise.all(
        records.slice(i, i + 500).map(async (record): Promise<Draft> => {
          const content = await this.contentOf(4, record);
          return { record, content: { ...content, view: editedView(content.view, edit) } };
        }),
      );
      await this.change(4, drafts);
    }
  }

  /** The thumbnail of a photo: the preview's own, in its sealed payload. Of one that was removed, the last there was. */
  async thumb(preview: Id): Promise<{ mediaType: string; bytes: Bytes } | null> {
    const entry = this.entry(4, preview);
    const last = entry && isRemoved(entry) && entry.place ? await this.account.content(4, entry.place) : null;
    const { view } = last ?? (await this.contentOf(4, preview));
    const bytes = viewBytes(view, 'thumb');
    return bytes ? { mediaType: viewText(view, 'type') ?? 'image/jpeg', bytes: bytes.slice() } : null;
  }

  /** A file of a record, whole and checked. */
  async file(kind: Kind, record: Id, index: number): Promise<{ name: string; mediaType: string; bytes: Bytes }> {
    const { owner, keys, file } = this.fileOf(kind, record, index);
    return { name: file.name, mediaType: file.mediaType, bytes: await readFile(this.source, owner, keys, file, MAX_FILE) };
  }

  /** Bytes of a file at a position. */
  async fileAt(kind: Kind, record: Id, index: number, at: number, length: number): Promise<Bytes> {
    const { owner, keys, file } = this.fileOf(kind, record, index);
    return readFileAt(this.source, owner, keys, file, at, length, this.readers);
  }

  /** Of pieces that were read from: a film is read in many small parts. */
  private readonly readers: Readers = new Map();

  private fileOf(kind: Kind, record: Id, index: number) {
    const { account } = this;
    const files = this.outbox.waiting(record)?.content?.files ?? this.entry(kind, record)?.summary?.files;
    const keys = account.keyRing.vault(kind, account.state.current);
    if (!files?.[index] || !keys) throw new DeviceProblem('not-here');
    return { owner: { account: account.id, kind, record }, keys, file: files[index] };
  }

  /** Sealed pieces: those that wait here, else the server's. */
  readonly source = async (kind: Kind, name: Bytes, range?: { at: number; length: number }): Promise<Bytes> => {
    const own = await this.store.staged(hex(name));
    if (!own) return this.api.blob(this.account.id, kind, name, range);
    return range ? own.slice(range.at, range.at + range.length) : own;
  };
}

export const checked = (kind: Kind): Kind => {
  if (!isKind(kind)) throw new DeviceProblem('no-such-record');
  return kind;
};
