/**
 * What the page may ask of the engine. One instance in one worker; one tab at a time holds the store, by a Web Lock: two followers of one log in one store would tread on each other.
 * Methods answer with plain data. They throw `ServerRefused`, `DeviceProblem` and `Alarm`, which the page shows by their code.
 */
import { Card, type ContactFields } from '../formats/card';
import { Note, type NoteFields, safeFileName } from '../formats/note';
import { type Bytes, fromUtf8, utf8 } from '../protocol/bytes';
import type { Place as LogPlace } from '../protocol/commit';
import { type Id, isKind, KINDS, type Kind, newNaturalKey, randomId, recordId } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import { readWords, WORDS } from '../protocol/phrase';
import { type Content, viewBytes } from '../protocol/record';
import { isRefused } from '../protocol/refusal';
import type { Account } from './account';
import { CONTACT_KEYS, fileName, freeFile, keepOthers, NOTE_KEYS, uuid } from './edits';
import { readFile, readFileAt, writeFile } from './files';
import { Gate } from './gate';
import * as joining from './joining';
import { nextEpoch, type VaultKeys } from './key-ring';
import { LedgerBook } from './ledger-book';
import { type Entry, isRemoved, shownHead } from './library';
import * as lists from './lists';
import { Alarm, DeviceProblem, ServerRefused } from './problems';
import type { Notice, SyncState } from './rpc';
import { askServer, ServerApi, type ServerInfo } from './server-api';
import { type DeviceInfo, type NoteEdit, type Overview, overviewOf } from './shapes';
import { type DeviceRow, Store, secretOf } from './store';

export type { ServerInfo } from './server-api';
export type { DeviceInfo, KindRow, NoteEdit, Overview } from './shapes';

const RETRY_MS = [2000, 5000, 15_000, 60_000];
const NOTICE_EVERY_MS = 120;
const LOCK_WAIT_MS = 1500;
/** A timer cannot wait longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_FILE = 512 << 20;

interface Open {
  readonly row: DeviceRow;
  readonly me: HolderSecret;
  readonly api: ServerApi;
  readonly account: Account;
}

export class Engine {
  private store: Store | undefined;
  private gate: Gate | undefined;
  private ledgerBook: LedgerBook | undefined;
  private opened: Open | undefined;
  private newcomer: joining.Newcomer | undefined;
  private approver: joining.Approver | undefined;
  private stopEvents = new AbortController();
  private running = false;
  private version = 0;
  private sync: SyncState = 'idle';
  private progress: Notice['progress'] = null;
  private problem = '';
  private verifiedAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly origin: string,
    private readonly notify: (notice: Notice) => void,
    private readonly options: { wire?: ConstructorParameters<typeof Gate>[2]; database?: string } = {},
  ) {}

  /** Names that the page may call: the public methods of this class, and nothing inherited. */
  static callable(method: string): boolean {
    return method !== 'constructor' && Object.hasOwn(Engine.prototype, method) && !PRIVATE.has(method);
  }

  // --- beginning ---------------------------------------------------------------------------------------------------------------------------------------------

  /** Opens the store. `fresh`: this browser is no device yet. `busy`: another tab has it. `expired`: its time was over, and everything here was erased. */
  async start(): Promise<'fresh' | 'ready' | 'busy' | 'expired'> {
    if (!(await this.hold())) return 'busy';
    this.store = await Store.open(this.options.database);
    this.newGate(this.store);
    const row = await this.store.get('device');
    if (!row) return 'fresh';
    if (row.until !== null && Date.now() > row.until) {
      await this.erase();
      return 'expired';
    }
    await this.open(row);
    return 'ready';
  }

  private newGate(store: Store): void {
    this.ledgerBook = new LedgerBook(store, Date.now, () => this.changed(false));
    this.gate = new Gate(this.origin, this.ledgerBook, this.options.wire);
  }

  private async hold(): Promise<boolean> {
    if (typeof navigator === 'undefined' || !navigator.locks) return true;
    // A page that is loaded anew may come before the worker of the old one is gone: so a moment's wait.
    const signal = AbortSignal.timeout(LOCK_WAIT_MS);
    return new Promise((resolve) => {
      const held = () => {
        resolve(true);
        return new Promise(() => {});
      };
      navigator.locks.request(this.options.database ?? 'candor', { signal }, held).catch(() => resolve(false));
    });
  }

  private get at(): joining.Place {
    if (!this.store || !this.gate) throw new DeviceProblem('not-started');
    return { store: this.store, gate: this.gate };
  }

  private async open(row: DeviceRow): Promise<void> {
    const me = secretOf(row);
    const api = new ServerApi(this.at.gate, me);
    const account = await joining.open(this.at, row, api, (progress) => {
      this.progress = progress;
      this.changed(progress === null);
    });
    this.opened = { row, me, api, account };
    if (row.until !== null) setTimeout(() => void this.expire(row), Math.min(MAX_TIMER_MS, row.until - Date.now() + 1));
    void this.run();
  }

  /** The time that the person gave this browser is over. */
  private async expire(row: DeviceRow): Promise<void> {
    if (this.opened?.row !== row || row.until === null || Date.now() < row.until) return;
    await this.erase();
    this.say('stopped', 'expired');
  }

  private get here(): Open {
    if (!this.opened) throw new DeviceProblem('no-device');
    return this.opened;
  }

  serverInfo(): Promise<ServerInfo> {
    return askServer(this.at.gate);
  }

  newWords(): string {
    return joining.newPhrase();
  }

  /** What is wrong with words that were typed: empty where they are a phrase. */
  checkWords(typed: string): { error: string; at: number | null } {
    const read = readWords(typed);
    return isRefused(read) ? { error: read.error, at: read.at ?? null } : { error: '', at: null };
  }

  /** Words of the list that begin so: at most eight. */
  completeWord(start: string): string[] {
    const typed = start.toLowerCase();
    return typed === '' ? [] : WORDS.filter((w) => w.startsWith(typed)).slice(0, 8);
  }

  async found(words: string, name: string, invite: string, until: number | null): Promise<void> {
    await joining.found(this.at, words, name, invite || null, until);
    await this.begin();
  }

  async recover(words: string, name: string, until: number | null): Promise<void> {
    await joining.recover(this.at, words, name, until);
    await this.begin();
  }

  private async begin(): Promise<void> {
    const row = await this.at.store.get('device');
    if (!row) throw new DeviceProblem('no-device');
    await this.open(row);
  }

  async pairStart(name: string): Promise<{ code: string; link: string; expires: number }> {
    await this.newcomer?.stop();
    this.newcomer = await joining.Newcomer.start(this.at, name);
    const { code, link, expires } = this.newcomer;
    return { code, link, expires };
  }
  pairMeet(): Promise<string[]> {
    return this.pairing.meet();
  }
  async pairFinish(until: number | null): Promise<void> {
    await this.pairing.finish(until);
    this.newcomer = undefined;
    await this.begin();
  }
  async pairStop(): Promise<void> {
    await this.newcomer?.stop();
    this.newcomer = undefined;
  }
  private get pairing(): joining.Newcomer {
    if (!this.newcomer) throw new DeviceProblem('pairing-over');
    return this.newcomer;
  }

  async approveStart(typed: string): Promise<void> {
    const { account, me, api, row } = this.here;
    await account.pull();
    this.approver = await joining.Approver.start(account, me, api, row.vkey, typed);
  }
  approveMeet(): Promise<{ name: string; words: string[] }> {
    return this.approving.meet();
  }
  async approveFinish(): Promise<void> {
    await this.approving.finish();
    this.approver = undefined;
    this.changed(true);
  }
  async approveStop(): Promise<void> {
    await this.approver?.stop();
    this.approver = undefined;
  }
  private get approving(): joining.Approver {
    if (!this.approver) throw new DeviceProblem('pairing-over');
    return this.approver;
  }

  // --- following ---------------------------------------------------------------------------------------------------------------------------------------------

  /** Syncs, then waits for changes, for as long as this worker lives. */
  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let failures = 0; this.opened; ) {
      try {
        await this.syncNow();
        failures = 0;
        this.stopEvents = new AbortController();
        const { account, api } = this.here;
        await api.events(account.id, (size) => (size > account.size ? void this.syncNow().catch(() => {}) : undefined), this.stopEvents.signal);
      } catch (e) {
        if (!this.opened) break;
        if (e instanceof Alarm) break;
        if (e instanceof ServerRefused && (e.code === 'holder-removed' || e.code === 'not-found')) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]));
      }
    }
    this.running = false;
  }

  async syncNow(): Promise<void> {
    const { account } = this.here;
    this.say('working', '');
    try {
      await account.sync();
      this.verifiedAt = Date.now();
      this.progress = null;
      this.say('idle', '');
    } catch (e) {
      this.progress = null;
      if (e instanceof Alarm) this.say('stopped', `alarm-${e.kind}`);
      else if (e instanceof ServerRefused) this.say(e.code === 'unreachable' ? 'offline' : 'stopped', e.code);
      else if (e instanceof DeviceProblem) this.say('stopped', e.code);
      else this.say('stopped', 'internal');
      throw e;
    }
  }

  private say(sync: SyncState, problem: string): void {
    this.sync = sync;
    this.problem = problem;
    this.changed(true);
  }

  private changed(lists: boolean): void {
    if (lists) this.version++;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.tell();
    }, NOTICE_EVERY_MS);
  }

  private async tell(): Promise<void> {
    const alarm = await this.store?.get('alarm').catch(() => undefined);
    this.notify({
      version: this.version,
      sync: this.sync,
      progress: this.progress,
      alarm: alarm ? { kind: alarm.kind, detail: alarm.detail, at: alarm.at } : null,
      verifiedAt: this.verifiedAt,
      problem: this.problem,
    });
  }

  /** A person has read the alarm and says to go on. What was verified stays verified: if the server still lies, the alarm comes back. */
  async answerAlarm(): Promise<void> {
    await this.at.store.remove('alarm');
    this.say('idle', '');
    // The loop may be over, or wait for news on a stream that goes on: then nothing else would ask again soon.
    if (this.running) void this.syncNow().catch(() => {});
    else void this.run();
  }

  async alarmEvidence(): Promise<Record<string, string>> {
    return (await this.at.store.get('alarm'))?.evidence ?? {};
  }

  // --- the account -------------------------------------------------------------------------------------------------------------------------------------------

  overview(): Overview {
    const { account, row } = this.here;
    return overviewOf(account, row);
  }

  /** Commits the consent, brings the keys and then what there is; the notice says that it is at work. */
  async turnOn(kind: Kind, law: string, shown: string): Promise<void> {
    this.say('working', '');
    try {
      await this.here.account.turnOn(checked(kind), law, shown);
      this.say('idle', '');
    } catch (e) {
      this.say(e instanceof ServerRefused && e.code === 'unreachable' ? 'offline' : 'idle', '');
      throw e;
    } finally {
      this.progress = null;
    }
  }
  turnOff(kind: Kind): Promise<void> {
    return this.here.account.turnOff(checked(kind));
  }

  async devices(): Promise<DeviceInfo[]> {
    const { account } = this.here;
    const state = account.state.current;
    return Promise.all(
      state.holders.map(async (h) => ({
        id: h.id,
        type: h.keys.type,
        name: await account.keyRing.nameOf(state, h.id),
        isThis: h.id === account.me,
        live: h.removed === null,
        lastHeard: h.lastSeq > 0 ? h.lastTime[0] : null,
        on: KINDS.filter((k) => h.consents[k]?.on === true && h.removed === null),
      })),
    );
  }

  /** Removes a holder: a new epoch with new keys for everyone who remains. */
  async revoke(holder: Id): Promise<void> {
    const { account } = this.here;
    await account.exclusively(async () => {
      await account.pullCore();
      await account.commitCore(0, async () => {
        const state = account.state.current;
        const { operations, sealedKeys } = await nextEpoch(await account.keyRing.newestRoot(state), state, holder, null);
        return { operations: [{ op: 'holder-remove', holder }, ...operations], bundle: new Uint8Array(0), vaults: sealedKeys };
      });
      for (const kind of KINDS) if (account.isOn(kind)) await account.fetchVaultKeys(kind);
    });
  }

  usage(): Promise<{ blobs: number; bytes: number; quota: number; commits: number }> {
    return this.here.api.usage(this.here.account.id);
  }

  ledger(before: number, count: number): Promise<string[]> {
    return this.at.store.ledgerLines(before, Math.min(count, 1000));
  }
  async ledgerText(): Promise<string> {
    return (await this.at.store.allLedger()).join('');
  }

  /** Lets go of the store: another engine may open it. */
  async close(): Promise<void> {
    await this.quiet();
    this.store?.close();
  }

  /** Stops following, and waits until nothing is written any more. */
  private async quiet(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    this.stopEvents.abort();
    await opened?.account.idle();
    await this.ledgerBook?.close();
  }

  /** Everything local is erased. The account, and what other devices have, stays as it is. */
  async signOut(): Promise<void> {
    await this.erase();
    this.say('idle', '');
  }

  private async erase(): Promise<void> {
    await this.quiet();
    await this.at.store.destroy();
    this.store = await Store.open(this.options.database);
    this.newGate(this.store);
    this.version++;
  }

  // --- lists -------------------------------------------------------------------------------------------------------------------------------------------------

  photos(): lists.PhotoRow[] {
    return lists.photos(this.here.account.shown(4));
  }
  contacts(): lists.ContactRow[] {
    return lists.contacts(this.here.account.shown(1));
  }
  notes(): lists.NoteRow[] {
    return lists.notes(this.here.account.shown(2));
  }
  conversations(): lists.ConversationRow[] {
    return lists.conversations(this.here.account.shown(3), this.here.account.shown(1));
  }
  messages(thread: string): lists.MessageRow[] {
    return lists.messages(this.here.account.shown(3), thread);
  }
  search(query: string): lists.Found[] {
    const { account } = this.here;
    return lists.search(new Map(KINDS.map((k) => [k, account.shown(k)])), query);
  }

  // --- one thing ---------------------------------------------------------------------------------------------------------------------------------------------

  private entry(kind: Kind, record: Id): Entry {
    const entry = this.here.account.library.entry(checked(kind), record);
    if (!entry) throw new DeviceProblem('no-such-record');
    return entry;
  }

  private async contentOf(kind: Kind, record: Id): Promise<Content> {
    const content = await this.here.account.content(kind, shownHead(this.entry(kind, record)).place);
    if (!content) throw new DeviceProblem(content === null ? 'unreadable' : 'not-here');
    return content;
  }

  async contact(record: Id): Promise<{ fields: ContactFields; raw: string; versions: number; photo: { mediaType: string; base64: string } | null }> {
    const content = await this.contentOf(1, record);
    const raw = fromUtf8(content.original) ?? '';
    const card = new Card(raw);
    return { fields: card.fields, raw, versions: this.entry(1, record).heads.length, photo: card.photo };
  }

  /** Writes a card: a new one where no record is named. Lines that were not edited stay byte for byte. */
  async saveContact(record: Id | null, fields: ContactFields): Promise<Id> {
    if (record) {
      const content = await this.contentOf(1, record);
      const before = new Card(fromUtf8(content.original) ?? '');
      const card = (before.isCard ? before : Card.empty(uuid())).edit(fields);
      return this.put(1, record, { ...content, original: utf8(card.toString()), view: keepOthers(card.view(), content, CONTACT_KEYS) });
    }
    const card = Card.empty(uuid()).edit(fields);
    const name = this.freeName(1, safeFileName(card.displayName, '.vcf'));
    return this.put(1, null, { name, original: utf8(card.toString()), view: card.view(), files: [] });
  }

  async note(
    record: Id,
  ): Promise<{ fields: NoteFields; name: string; versions: number; files: { name: string; mediaType: string; size: number }[] }> {
    const content = await this.contentOf(2, record);
    const note = new Note(fromUtf8(content.original) ?? '', fileName(content.name));
    const files = content.files.map((f) => ({ name: f.name, mediaType: f.mediaType, size: f.size }));
    return { fields: note.fields, name: content.name, versions: this.entry(2, record).heads.length, files };
  }

  /** Writes a note; files that are added are sealed and sent first, and linked to at its end. */
  async saveNote(record: Id | null, edit: NoteEdit, added: { name: string; data: Blob }[] = []): Promise<Id> {
    const { account, api } = this.here;
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
      files.push(await writeFile(api, { account: account.id, kind: 2, record: id }, keys, account.consentFor(2), what, data));
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

  private freeName(kind: Kind, name: string): string {
    const taken = new Set(this.here.account.shown(kind).map((e) => e.summary?.name.toLowerCase()));
    const dot = name.lastIndexOf('.');
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? name : `${name.slice(0, dot)} (${n})${name.slice(dot)}`;
      if (!taken.has(candidate.toLowerCase())) return candidate;
    }
  }

  /** The kind's keys, and the id that a record has or a new one gets. */
  private target(kind: Kind, record: Id | null): { keys: VaultKeys; id: Id } {
    const { account } = this.here;
    const keys = account.isOn(kind) ? account.keyRing.vault(kind, account.state.current) : undefined;
    if (!keys) throw new DeviceProblem('kind-off');
    return { keys, id: record ?? recordId(keys.idKey, newNaturalKey()) };
  }

  private async put(kind: Kind, record: Id | null, content: Content, chosen?: { id: Id; revision: Id }): Promise<Id> {
    const { account } = this.here;
    const id = chosen?.id ?? this.target(kind, record).id;
    const entry = account.library.entry(kind, id);
    // An edit is of what the person saw: the shown head. Another head stays, and is merged by a device that can.
    const parents: LogPlace[] = entry ? [shownHead(entry).place] : [];
    await account.write(kind, [{ record: id, parents, content, ...(chosen ? { revision: chosen.revision } : {}) }]);
    this.changed(true);
    return id;
  }

  async remove(kind: Kind, records: Id[]): Promise<void> {
    const { account } = this.here;
    const changes = records.map((record) => ({
      record,
      parents: this.entry(kind, record)
        .heads.map((h) => h.place)
        .sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      content: null,
    }));
    for (let i = 0; i < changes.length; i += 1000) await account.write(kind, changes.slice(i, i + 1000));
    this.changed(true);
  }

  bin(kind: Kind): lists.BinRow[] {
    return lists.bin([...this.here.account.library.entries(checked(kind))].filter(isRemoved));
  }

  /** Brings back what was removed: the version before the removal, as a new one. */
  async bringBack(kind: Kind, record: Id): Promise<void> {
    const entry = this.entry(kind, record);
    const { account } = this.here;
    const content = entry.place && (await account.content(kind, entry.place));
    if (!content) throw new DeviceProblem('not-here');
    await account.write(kind, [{ record, parents: entry.heads.map((h) => h.place), content }]);
    this.changed(true);
  }

  /** The thumbnail of a photo: the preview's own, in its sealed payload. */
  async thumb(preview: Id): Promise<{ mediaType: string; bytes: Bytes } | null> {
    const content = await this.contentOf(4, preview);
    const bytes = viewBytes(content.view, 'thumb');
    const type = content.view.get('type');
    return bytes ? { mediaType: typeof type === 'string' ? type : 'image/jpeg', bytes: bytes.slice() } : null;
  }

  /** A file of a record, whole and checked. */
  async file(kind: Kind, record: Id, index: number): Promise<{ name: string; mediaType: string; bytes: Bytes }> {
    const { owner, keys, file } = this.fileOf(kind, record, index);
    return { name: file.name, mediaType: file.mediaType, bytes: await readFile(this.here.api, owner, keys, file, MAX_FILE) };
  }

  /** Bytes of a file at a position. */
  async fileAt(kind: Kind, record: Id, index: number, at: number, length: number): Promise<Bytes> {
    const { owner, keys, file } = this.fileOf(kind, record, index);
    return readFileAt(this.here.api, owner, keys, file, at, length);
  }

  private fileOf(kind: Kind, record: Id, index: number) {
    const { account } = this.here;
    const file = this.entry(kind, record).summary?.files[index];
    const keys = account.keyRing.vault(kind, account.state.current);
    if (!file || !keys) throw new DeviceProblem('not-here');
    return { owner: { account: account.id, kind, record }, keys, file };
  }
}

/** Methods that only this class calls; TypeScript's `private` is not there at run time. */
const PRIVATE = new Set([
  'newGate',
  'quiet',
  'hold',
  'open',
  'begin',
  'run',
  'say',
  'changed',
  'tell',
  'erase',
  'entry',
  'contentOf',
  'freeName',
  'put',
  'fileOf',
]);

const checked = (kind: Kind): Kind => {
  if (!isKind(kind)) throw new DeviceProblem('no-such-record');
  return kind;
};
