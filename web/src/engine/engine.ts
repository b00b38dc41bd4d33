import { type Id, KINDS, type Kind } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import { readWords, WORDS } from '../protocol/phrase';
import { isRefused } from '../protocol/refusal';
import type { Account } from './account';
import type { Progress } from './account-options';
import { FirstScreens } from './brief';
import { checked, Desk } from './desk';
import { type Drill, drill } from './drill';
import { Gate } from './gate';
import { type Greetings, greetings } from './greetings';
import * as joining from './joining';
import { nextEpoch } from './key-ring';
import { eraseDue } from './leaving';
import { LedgerBook } from './ledger-book';
import * as lists from './lists';
import { mergeParted } from './merging';
import { Outbox } from './outbox';
import { Pace } from './pace';
import { Pairs } from './pairs';
import { Alarm, DeviceProblem, ServerRefused } from './problems';
import type { Notice, SyncState } from './rpc';
import { Searching } from './searching';
import { Sender } from './send';
import { askServer, ServerApi, type ServerInfo } from './server-api';
import { type DeviceInfo, type Overview, overviewOf } from './shapes';
import { type DeviceRow, Store, secretOf } from './store';
import { type Chosen, Uploads } from './uploads';
import { Views } from './views';
import { INNER, Words } from './words';

export type { Drill } from './drill';
export type { Found } from './haystack';
export type { Answer } from './searching';
export type { ServerInfo } from './server-api';
export type { DeviceInfo, KindRow, NoteEdit, Overview } from './shapes';
export type { ExportRow, Imported, Kit, Person, VersionRow } from './words';

const RETRY_MS = [2000, 5000, 15_000, 60_000];
const NOTICE_EVERY_MS = 120;
const LOCK_WAIT_MS = 1500;
/** A timer cannot wait longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Open {
  readonly row: DeviceRow;
  readonly me: HolderSecret;
  readonly api: ServerApi;
  readonly account: Account;
  readonly outbox: Outbox;
  readonly sender: Sender;
  readonly desk: Desk;
  readonly uploads: Uploads;
  readonly first: FirstScreens;
  readonly searching: Searching;
}

export class Engine extends Views {
  private store: Store | undefined;
  private gate: Gate | undefined;
  private ledgerBook: LedgerBook | undefined;
  private opened: Open | undefined;
  private stopEvents = new AbortController();
  private running = false;
  private version = 0;
  private sync: SyncState = 'idle';
  private progress: Progress | null = null;
  private readonly pace = new Pace();
  private problem = '';
  private verifiedAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly origin: string,
    private readonly notify: (notice: Notice) => void,
    /** `early`: `start` does not wait for the records; then whoever calls asks {@link before} first. */
    private readonly options: { wire?: ConstructorParameters<typeof Gate>[2]; database?: string; early?: boolean } = {},
  ) {
    super();
  }

  /** Names that the page may call: the public methods of this class, and nothing inherited. */
  static callable(method: string): boolean {
    const isOurs = [Engine, Views, Pairs, Words].some((c) => Object.hasOwn(c.prototype, method));
    return method !== 'constructor' && isOurs && !PRIVATE.has(method);
  }

  /** Waits until what a call needs is read. */
  async before(method: string, args: readonly unknown[]): Promise<void> {
    if (this.opened) await this.opened.first.before(method, args);
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

  protected get at(): joining.Place {
    if (!this.store || !this.gate) throw new DeviceProblem('not-started');
    return { store: this.store, gate: this.gate };
  }

  private async open(row: DeviceRow): Promise<void> {
    const me = secretOf(row);
    const api = new ServerApi(this.at.gate, me);
    const account = await joining.open(
      this.at,
      row,
      api,
      (progress) => {
        this.progress = progress;
        this.changed(progress === null);
      },
      this.options.early,
    );
    const { store } = this.at;
    const outbox = await Outbox.open(store, row.storeKey, me.id);
    const sender = new Sender(
      account,
      api,
      store,
      outbox,
      () => this.changed(true),
      (e) => this.stuck(e),
    );
    const desk = new Desk(account, api, store, outbox, sender, () => this.changed(true));
    const uploads = new Uploads(desk, store, outbox, sender, () => this.changed(true));
    sender.onPiece = (piece) => {
      uploads.sent(piece);
      this.changed(false);
    };
    await uploads.begin();
    const first = await FirstScreens.open(account, outbox, desk, store, row.storeKey);
    const searching = new Searching(account, outbox, store, row.storeKey, await account.kept);
    account.onRead = (kind) => searching.grow(kind);
    this.opened = { row, me, api, account, outbox, sender, desk, uploads, first, searching };
    this.arm(row);
    void this.run();
  }

  private arm(row: DeviceRow): void {
    if (row.until !== null) setTimeout(() => void this.expire(row), Math.min(MAX_TIMER_MS, Math.max(0, row.until - Date.now()) + 1));
  }

  /** The time that the person gave this browser is over. Asked too early, as where the clock was put back or the time is longer than a timer's longest, it asks again. */
  private async expire(row: DeviceRow): Promise<void> {
    if (this.opened?.row !== row || row.until === null) return;
    if (Date.now() < row.until) return this.arm(row);
    await this.erase();
    this.say('stopped', 'expired');
  }

  protected get here(): Open {
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

  private count(done: number, total: number): void {
    this.progress = { done, total };
    this.changed(false);
  }

  async found(words: string, name: string, invite: string, until: number | null, kinds: Kind[] | null = null): Promise<void> {
    await joining.found(this.at, words, name, invite || null, joining.limitsOf(until, kinds));
    await this.begin();
  }

  async recover(words: string, name: string, until: number | null, kinds: Kind[] | null = null): Promise<void> {
    try {
      await joining.recover(this.at, words, name, joining.limitsOf(until, kinds), (p) => p && this.count(p.done, p.total));
    } finally {
      this.progress = null;
    }
    await this.begin();
  }

  async recoverByPassword(password: string, secret: string, name: string, until: number | null, kinds: Kind[] | null = null): Promise<void> {
    try {
      await joining.recoverByPassword(this.at, password, secret, name, joining.limitsOf(until, kinds), (done) =>
        this.count(Math.round(done * 100), 100),
      );
    } finally {
      this.progress = null;
    }
    await this.begin();
  }

  /** Tries a restore from the words alone; changes nothing. */
  async drill(words: string): Promise<Drill> {
    const { account, api, row } = this.here;
    try {
      return await drill(account, api, this.at.gate, row.vkey, words, (done, total) => this.count(done, total));
    } finally {
      this.progress = null;
      this.changed(false);
    }
  }

  protected async begin(): Promise<void> {
    const row = await this.at.store.get('device');
    if (!row) throw new DeviceProblem('no-device');
    await this.open(row);
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
        const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
        await new Promise<void>((resolve) => {
          this.woken = resolve;
          setTimeout(resolve, wait);
        });
      }
    }
    this.running = false;
  }

  async syncNow(): Promise<void> {
    const { account } = this.here;
    this.say('working', '');
    try {
      await account.sync();
      await mergeParted(account);
      await eraseDue(account);
      this.verifiedAt = Date.now();
      this.progress = null;
      this.say('idle', '');
      const { first, searching } = this.here;
      await first.keep();
      this.send();
      await searching.keep();
    } catch (e) {
      this.progress = null;
      if (e instanceof Alarm) this.say('stopped', `alarm-${e.kind}`);
      else if (e instanceof ServerRefused) this.say(e.code === 'unreachable' ? 'offline' : 'stopped', e.code);
      else if (e instanceof DeviceProblem) this.say('stopped', e.code);
      else this.say('stopped', 'internal');
      throw e;
    }
  }

  protected get first(): FirstScreens {
    return this.here.first;
  }
  protected get searching(): Searching {
    return this.here.searching;
  }

  /** What lists and the overview are made of: the same as long as none of them changes. */
  private stamp(): string {
    if (!this.opened) return '';
    const { account, outbox } = this.opened;
    return `${account.size}/${account.library.revision}/${outbox.revision}/${KINDS.filter((k) => account.isOn(k))}`;
  }
  private shownOf = '';

  /** Sends what waits; what stops it is told by `stuck`. */
  private send(): void {
    void this.here.sender.flush().catch(() => {});
  }

  /** A change that the server will not take stands until a person gives it up. */
  private stuck(e: unknown): void {
    if (this.opened && (e instanceof ServerRefused || e instanceof DeviceProblem)) this.say('stopped', e.code);
  }

  /** The browser is online again: no waiting for the next try. */
  wake(): void {
    this.woken?.();
  }
  private woken: (() => void) | undefined;

  private say(sync: SyncState, problem: string): void {
    this.sync = sync;
    this.problem = problem;
    this.changed(this.shownOf !== this.stamp());
  }

  protected changed(lists: boolean): void {
    if (lists) {
      this.version++;
      this.shownOf = this.stamp();
    }
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
      progress: this.progress && this.pace.of(this.progress),
      alarm: alarm ? { kind: alarm.kind, detail: alarm.detail, at: alarm.at } : null,
      verifiedAt: this.verifiedAt,
      problem: this.problem,
      waiting: this.opened?.outbox.count ?? 0,
      uploads: this.opened?.uploads.state() ?? null,
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
    const { account, row, first } = this.here;
    return overviewOf(account, row, (kind) => first.counts(kind));
  }

  /** Commits the consent, brings the keys and then what there is; the notice says that it is at work. */
  async turnOn(kind: Kind, law: string, shown: string, region = ''): Promise<void> {
    if (this.here.row.kinds?.includes(checked(kind)) === false) throw new DeviceProblem('kind-left-out');
    this.say('working', '');
    try {
      await this.here.account.turnOn(checked(kind), law, shown, region);
      // Not waited for: whoever turned it on sees it before it can be searched quickly.
      void this.searching.keep().catch(() => {});
      await this.first.keep();
      this.say('idle', '');
    } catch (e) {
      this.say(e instanceof ServerRefused && e.code === 'unreachable' ? 'offline' : 'idle', '');
      throw e;
    } finally {
      this.progress = null;
    }
  }

  signRegion(region: string, law: string): Promise<void> {
    return this.here.account.signRegion(region, law);
  }

  /** What waits of this kind is given up: nothing of it stays here. */
  async turnOff(kind: Kind): Promise<void> {
    const { account, outbox } = this.here;
    await outbox.settle(outbox.all.filter((r) => r.kind === checked(kind)));
    await account.turnOff(kind);
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

  /** Stops the device that people with shares announced. False where it was over already. */
  async object(): Promise<boolean> {
    const stopped = await this.here.account.object();
    this.changed(true);
    return stopped;
  }

  /** Removes a holder: a new epoch with new keys for everyone who remains. */
  async revoke(holder: Id): Promise<void> {
    const { account } = this.here;
    await account.exclusively(async () => {
      await account.pullCore();
      await account.commitCore(0, async () => {
        const state = account.state.current;
        const { operations, sealedKeys } = await nextEpoch(await account.keyRing.newestRoot(state), state, holder, null);
        return { operations: [{ op: 'holder-remove', holder }, ...operations], vaults: sealedKeys };
      });
      for (const kind of KINDS) if (account.isOn(kind)) await account.fetchVaultKeys(kind);
    });
  }

  /** The greetings of a language; the server is asked only where the packs of this version of the app are not here. */
  greetings(language: string, current: Record<string, string>): Promise<Greetings> {
    return greetings(this.at, language, current);
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
    opened?.uploads.stop();
    opened?.sender.stop();
    this.woken?.();
    await opened?.searching.stop();
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

  // --- what waits --------------------------------------------------------------------------------------------------------------------------------------------

  /** Changes that wait to be sent, the oldest first. */
  waiting(): lists.WaitingRow[] {
    return lists.waiting(this.here.outbox.all);
  }

  /** A person gives a change up: it is gone. Later changes of the same thing stay. */
  async giveUp(n: number): Promise<void> {
    const { outbox, uploads } = this.here;
    const rows = outbox.all.filter((r) => r.n === n);
    await outbox.settle(rows);
    uploads.forget(rows);
    this.problem = '';
    this.changed(true);
    this.send();
  }

  /** Seals and sends photos and films; `Notice.uploads` says how far it is. */
  upload(chosen: Chosen[]): Promise<void> {
    return this.here.uploads.add(chosen);
  }
  pauseUploads(on: boolean): Promise<void> {
    return this.here.uploads.pause(on);
  }
  dismissUploads(): void {
    this.here.uploads.dismiss();
  }

  protected get desk(): Desk {
    return this.here.desk;
  }
}

/** Methods that only this class calls; TypeScript's `private` is not there at run time. Accessors are no methods. */
const PRIVATE = new Set([
  ...INNER,
  'before',
  'count',
  'stamp',
  'newGate',
  'quiet',
  'hold',
  'open',
  'expire',
  'begin',
  'run',
  'send',
  'stuck',
  'say',
  'changed',
  'tell',
  'erase',
]);
