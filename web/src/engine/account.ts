/**
 * An account as this browser has it: follows the log, verifies every leaf and every head, reads what may be read, and writes its own commits. One task at a time: callers take turns
 * through `exclusively`. Between the server's answer and the store a crash loses nothing: the next pull brings the device's own commit back.
 */
import { AccountState, PEOPLE_WAIT_MS } from '../protocol/account-state';
import { type Bytes, utf8 } from '../protocol/bytes';
import { encode } from '../protocol/cbor';
import { type Commit, decodeCommit, decodeLeaf, encodeCommit, encodeLeaf, type Operation, type Place, signedBytes } from '../protocol/commit';
import { sha256 } from '../protocol/hash';
import { placeKey } from '../protocol/heads';
import { holderId, type Id, KINDS, type Kind } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import type { Content } from '../protocol/record';
import { isRefused } from '../protocol/refusal';
import { type AccountOptions, type Change, type Made, nextTime } from './account-options';
import { Filler } from './fill';
import { IndexLoader, sealSegments } from './index-rows';
import { type Kept, openKept } from './kept-pieces';
import { KeyRing, newVault } from './key-ring';
import { type Entry, isRemoved, Library } from './library';
import { PayloadStore } from './payload-store';
import { checkBundle, openRecord, sealChanges } from './payloads';
import { Alarm, DeviceProblem, ServerRefused } from './problems';
import type { BundleRow } from './store';
import { checkCheckpoint, checkExpected, checkWaited, verifyLeaf } from './verify';

/** Bytes of a pull that are verified before they are kept in one transaction. */
const KEEP_EVERY = 4 << 20;
/** Changes between two words of how far it is. */
const TELL_EVERY = 16;
const ATTEMPTS = 8;
const HEARTBEAT_MS = 24 * 3600 * 1000;
const COMMITS_IN_MEMORY = 64;

interface Verified {
  readonly index: number;
  readonly leaf: Bytes;
  readonly commit: Commit;
  readonly row: BundleRow | null;
}

export class Account {
  readonly library: Library;
  readonly keyRing: KeyRing;
  private off = new Set<Kind>();
  private turn: Promise<unknown> = Promise.resolve();
  private readonly commits = new Map<number, Commit>();
  private readonly payloads: PayloadStore;
  private readonly filler: Filler;
  private notYet: { index: number; ms: number } | undefined;
  /** Leaves that are verified but not kept yet. */
  private waiting = new Map<number, Bytes>();

  private constructor(
    readonly state: { current: AccountState },
    private readonly o: AccountOptions,
  ) {
    this.library = new Library({ operationAt: (place) => this.operationAt(place) });
    this.keyRing = new KeyRing(o.me, (index) => this.leafAt(index));
    this.payloads = new PayloadStore(o.store, (index) => this.commitAt(index));
    this.filler = new Filler(this, this.library, this.payloads, o);
    this.kept = openKept(o.store, o.storeKey);
    this.index = new IndexLoader(o.store, o.storeKey, this.library, this.size, (index) => this.commitAt(index), this.kept);
  }

  private readonly index: IndexLoader;
  /** Of what is searched, what lies in the store. */
  readonly kept: Promise<Kept>;
  /** The whole index is here, and what lay unread in the store is read. Every task waits for it. */
  loaded: Promise<void> = Promise.resolve();

  /** Records of this kind are here: where nothing waits for the others, they may be shown. */
  async ready(kind: Kind): Promise<void> {
    await this.index.ready(kind);
  }

  /** The index waits for what a person waits for. */
  holdIndex(until: Promise<unknown>): void {
    this.index.hold(until);
  }

  isReady(kind: Kind): boolean {
    return this.index.isReady(kind);
  }

  static async open(account: Id, o: AccountOptions): Promise<Account> {
    const saved = await o.store.get('state');
    const state = saved && saved.account === account ? AccountState.load(saved) : new AccountState(account);
    if (isRefused(state)) throw new DeviceProblem('store-damaged');
    const opened = new Account({ current: state }, o);
    opened.off = new Set((await o.store.get('off')) ?? []);
    opened.notYet = await o.store.get('notYet');
    await opened.payloads.open();
    await opened.loadVaults();
    opened.loaded = opened.index.all.then(() => opened.readRest());
    opened.loaded.catch(() => {});
    if (!o.early) await opened.loaded;
    return opened;
  }

  get id(): Id {
    return this.current.account;
  }
  get me(): Id {
    return this.o.me.id;
  }
  get size(): number {
    return this.current.size;
  }
  private get current(): AccountState {
    return this.state.current;
  }
  private readonly now = (): number => (this.o.now ?? Date.now)();

  /** Runs one task after the other. An alarm is written down and stands; while it stands nothing runs. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    const run = this.turn.then(async () => {
      await this.loaded;
      const standing = await this.o.store.get('alarm');
      if (standing) throw new Alarm(standing.kind, standing.detail, standing.evidence);
      try {
        return await task();
      } catch (e) {
        if (e instanceof Alarm) await this.o.store.set('alarm', { kind: e.kind, detail: e.detail, at: this.now(), evidence: e.evidence });
        throw e;
      }
    });
    this.turn = run.catch(() => {});
    return run;
  }

  /** When the task that runs now, if any, is over. */
  readonly idle = async (): Promise<void> => {
    await this.loaded.catch(() => {});
    await this.turn;
  };

  isOn(kind: Kind): boolean {
    return !this.off.has(kind) && this.current.mayTouch(this.me, kind);
  }

  consentFor(kind: Kind | 0): number {
    return kind === 0 ? -1 : (this.current.holder(this.me)?.consents[kind]?.place[0] ?? -1);
  }

  // --- following the log -------------------------------------------------------------------------------------------------------------------------------------

  /** Follows the log to the server's head. Commits that verified stay, even where a later one raises an alarm. */
  pull(): Promise<number> {
    return this.exclusively(() => this.pullCore());
  }

  async pullCore(): Promise<number> {
    try {
      return await this.follow();
    } catch (e) {
      const unknown = e instanceof ServerRefused && (e.code === 'signature-bad' || e.code === 'not-found');
      if (unknown && this.current.holder(this.me)?.removed === null) await this.checkForgotten();
      throw e;
    }
  }

  /** The log has this browser as a holder, and the server does not know it: has it forgotten what it signed? spec/account-log.md §7.1. */
  private async checkForgotten(): Promise<void> {
    try {
      if ((await this.o.api.server()).key === this.o.serverKey.toString()) await this.o.api.findAccount();
    } catch (e) {
      if (!(e instanceof ServerRefused)) throw e;
      if (e.code === 'restoring') throw e;
      if (e.code !== 'not-found') return;
      const ours = await this.o.store.get('checkpoint');
      throw new Alarm(
        'rollback',
        `the server says that no account has this browser, and signed ${this.size} changes in which one has`,
        ours ? { ours } : {},
      );
    }
  }

  private async follow(): Promise<number> {
    const from = this.size;
    let batch: Verified[] = [];
    let reached = this.current.copy();
    let bytes = 0;
    let ended = false;
    const flush = async () => {
      if (batch.length > 0) await this.keep(batch, reached);
      batch = [];
      bytes = 0;
      reached = this.current.copy();
    };
    try {
      for await (const item of this.o.api.pull(this.id, from, { payloads: true })) {
        if (ended) throw new Alarm('bad-checkpoint', 'something follows it');
        if ('checkpoint' in item) {
          await this.checkHead(utf8(item.checkpoint), reached);
          ended = true;
          await flush();
          await this.o.store.set('checkpoint', item.checkpoint);
          continue;
        }
        if (item.index !== reached.size) throw new Alarm('fork', `the server sent change ${item.index} where ${reached.size} was due`);
        const stood = reached.announced;
        const commit = await verifyLeaf(reached, item.leaf, item.index);
        if (commit.operations.some((o) => o.op === 'announce')) await this.noteAnnounced(item.index);
        checkWaited(stood, commit, item.leaf, item.index, stood && this.notYetAnnounced(stood.place), this.now());
        checkExpected(reached, this.o.expected, this.me);
        const row = item.bundle ? { bundle: item.bundle, gone: item.gone } : null;
        if (row) await checkBundle(commit, row);
        batch.push({ index: item.index, leaf: item.leaf, commit, row });
        bytes += item.leaf.length + (item.bundle?.length ?? 0);
        if (bytes > KEEP_EVERY) await flush();
        if (reached.size % TELL_EVERY === 0) this.o.changed?.({ done: reached.size - from, total: 0 });
      }
    } finally {
      await flush();
    }
    if (!ended) throw new ServerRefused('unreachable', 0);
    await this.o.store.set('pulled', this.now());
    const { expected } = this.o;
    if (expected && this.size < expected.size) throw new Alarm('fork', 'the log is shorter than the device that let this one in had seen');
    return this.size - from;
  }

  /** Writes down that the announcement in this leaf was not there when the log was followed the last time. Nothing, where it never was. */
  private async noteAnnounced(index: number): Promise<void> {
    const ms = await this.o.store.get('pulled');
    if (ms === undefined || this.notYet?.index === index) return;
    this.notYet = { index, ms };
    await this.o.store.set('notYet', this.notYet);
  }

  private notYetAnnounced(place: Place): number | undefined {
    return this.notYet?.index === place[0] ? this.notYet.ms : undefined;
  }

  /** The device that people with shares will let in, and when as far as this browser knows: three days after the time that they wrote, and after it was not there yet. */
  coming(): { device: Id; until: number } | null {
    const { announced } = this.current;
    if (!announced) return null;
    const since = Math.max(announced.time[0], this.notYetAnnounced(announced.place) ?? 0);
    return { device: holderId(announced.keys), until: since + PEOPLE_WAIT_MS };
  }

  /** Objects to what people announced: it is over, and they would have to begin anew. False where nothing is announced. */
  object(): Promise<boolean> {
    return this.exclusively(async () => {
      await this.pullCore();
      if (!this.current.announced) return false;
      await this.commitCore(0, async () => {
        const { announced } = this.current;
        const operations: Operation[] = announced ? [{ op: 'object', place: announced.place }] : [];
        return { operations };
      });
      return true;
    });
  }

  private async checkHead(note: Bytes, reached: AccountState): Promise<void> {
    await checkCheckpoint(note, reached, this.o.serverKey, await this.o.store.get('checkpoint'));
  }

  /** Applies a verified batch: heads, what can be read, then all of it in one transaction. */
  private async keep(batch: Verified[], reached: AccountState): Promise<void> {
    const wereOn = KINDS.filter((k) => this.isOn(k));
    for (const v of batch) {
      this.waiting.set(v.index, v.leaf);
      this.remember(v.index, v.commit);
      if (v.row) this.payloads.hold(v.index, v.row);
      await this.library.apply(v.commit);
    }
    const epoch = this.current.epoch;
    this.state.current = reached;
    if (reached.epoch !== epoch) this.keyRing.forgetRoots();
    for (const kind of KINDS) if (this.keyRing.vault(kind, reached)) await this.filler.readUnread(kind);
    const { segments, whole } = this.library.takeDirty();
    await this.o.store.keep({
      leaves: batch.map((v) => ({ index: v.index, leaf: v.leaf, bundle: v.row })),
      state: reached.save(),
      segments: await sealSegments(this.o.storeKey, segments),
      voids: this.library.voidPlaces,
      whole,
    });
    this.waiting = new Map();
    this.payloads.trim(this.isHeld);
    for (const kind of wereOn) if (!this.isOn(kind)) await this.dropKind(kind);
    this.o.changed?.(null);
  }

  private remember(index: number, commit: Commit): void {
    this.commits.delete(index);
    this.commits.set(index, commit);
    for (const old of this.commits.keys()) {
      if (this.commits.size <= COMMITS_IN_MEMORY) break;
      this.commits.delete(old);
    }
  }

  async leafAt(index: number): Promise<Bytes | undefined> {
    return this.waiting.get(index) ?? this.o.store.leaf(index);
  }

  async commitAt(index: number): Promise<Commit | undefined> {
    const known = this.commits.get(index);
    if (known) return known;
    const leaf = await this.leafAt(index);
    const read = leaf && decodeLeaf(leaf);
    const commit = read && !isRefused(read) ? decodeCommit(read.body) : undefined;
    if (!commit || isRefused(commit)) return undefined;
    this.remember(index, commit);
    return commit;
  }

  private async operationAt(place: Place): Promise<{ kind: Kind; record: Id } | undefined> {
    const commit = await this.commitAt(place[0]);
    const o = commit?.operations[place[1]];
    return commit && commit.kind !== 0 && (o?.op === 'put' || o?.op === 'remove') ? { kind: commit.kind, record: o.record } : undefined;
  }

  // --- reading -----------------------------------------------------------------------------------------------------------------------------------------------

  /** Bundles of leaves that are verified but not kept yet. */
  private readonly isHeld = (index: number): boolean => this.waiting.has(index);

  /** What is searched is made of records as they are read. */
  onRead: (kind: Kind) => Promise<void> = async () => {};

  /** Opens a revision; undefined where its bytes are not here, null where nobody can read what was sealed. */
  async content(kind: Kind, place: Place): Promise<Content | null | undefined> {
    const keys = this.keyRing.vault(kind, this.current);
    const found = keys && (await this.payloads.find(place, this.isHeld));
    if (!keys || !found) return undefined;
    return openRecord(this.id, kind, keys, found.put, found.sealed);
  }

  /** Brings what is absent of a kind and reads it. */
  async fill(kind: Kind): Promise<void> {
    await this.filler.fill(kind);
    await this.saveDirty();
    this.o.changed?.(null);
  }

  // --- keys and consents -------------------------------------------------------------------------------------------------------------------------------------

  /** Brings the keys of a kind that is on, where the log has newer ones than this device holds. */
  async fetchVaultKeys(kind: Kind): Promise<void> {
    while (this.isOn(kind) && !this.keyRing.vault(kind, this.current)) {
      const sealed = await this.o.api.vaults(this.id, kind);
      if (await this.keyRing.take(kind, this.current, sealed)) {
        await this.o.store.set('vaults', { ...(await this.o.store.get('vaults')), [kind]: sealed });
        return;
      }
      // Another device may have made new keys since the log was followed: then the log says so, and it goes on from there.
      if ((await this.pullCore()) === 0) throw new Alarm('bad-payload', 'the sealed keys of a kind are not those of the log');
    }
  }

  /** Turns a kind on for this browser: consent first, then keys, then what there is. */
  turnOn(kind: Kind, law: string, shown: string, region: string): Promise<void> {
    return this.exclusively(async () => {
      this.off.delete(kind);
      await this.o.store.set('off', [...this.off]);
      const hash = sha256(utf8(shown));
      await this.commitCore(0, async () => {
        const operations: Operation[] = [{ op: 'consent', kind, on: true, law, hash }];
        // The first consent signs the account for the place that was shown.
        if (this.current.region === '' && region !== '') operations.unshift({ op: 'region', region, law });
        if (this.current.vault(kind).keys.length > 0) return { operations };
        const { operation, sealed } = await this.newVault(kind);
        return { operations: [...operations, operation], vaults: [sealed] };
      });
      await this.fetchVaultKeys(kind);
      await this.fill(kind);
    });
  }

  /** A person's word to a move: from here on the account's bytes are kept there and nowhere else. */
  signRegion(region: string, law: string): Promise<void> {
    return this.exclusively(() => this.commitCore(0, async () => ({ operations: [{ op: 'region', region, law }] })));
  }

  private async newVault(kind: Kind) {
    return newVault(await this.keyRing.newestRoot(this.current), this.current, kind, this.current.epoch);
  }

  /** Turns a kind off: keys and contents go at once, whatever the network does; the log is told as soon as it can be. */
  async turnOff(kind: Kind): Promise<void> {
    this.off.add(kind);
    await this.o.store.set('off', [...this.off]);
    await this.loaded;
    await this.dropKind(kind);
    this.o.changed?.(null);
    await this.exclusively(() => this.settle());
  }

  /** Says in the log what was turned off while the server could not be told. */
  private async settle(): Promise<void> {
    for (const kind of this.off) {
      const given = this.current.holder(this.me)?.consents[kind];
      if (!given?.on) continue;
      const consent: Operation = { op: 'consent', kind, on: false, law: given.law, hash: given.hash };
      await this.commitCore(0, async () => ({ operations: [consent] }));
    }
  }

  private async dropKind(kind: Kind): Promise<void> {
    this.keyRing.forget(kind);
    const vaults = { ...(await this.o.store.get('vaults')) };
    delete vaults[kind];
    await this.o.store.set('vaults', vaults);
    this.library.forgetContents(kind);
    const bundles: number[] = [];
    for (const index of await this.o.store.bundleIndexes()) if ((await this.commitAt(index))?.kind === kind) bundles.push(index);
    this.payloads.clear();
    const payloads = [...this.library.entries(kind)].flatMap((e) => e.heads.map((h) => placeKey(h.place)));
    const segments = KINDS.flatMap((k) => this.library.allSegments(k));
    await this.o.store.dropKind(await sealSegments(this.o.storeKey, segments), bundles, payloads);
  }

  // --- writing -----------------------------------------------------------------------------------------------------------------------------------------------

  /** Commits changes of one kind, atomically. Changes that follow from what others wrote come as a function, asked anew whenever another device was faster. */
  write(kind: Kind, changes: Change[] | (() => Promise<Change[]>)): Promise<Place[]> {
    return this.exclusively(async () => {
      let [index, made]: [number, Change[]] = [0, []];
      await this.commitCore(kind, async () => {
        // Keys first: the log may be followed further for them.
        await this.fetchVaultKeys(kind);
        const keys = this.keyRing.vault(kind, this.current);
        if (!this.isOn(kind) || !keys) throw new DeviceProblem('kind-off');
        index = this.size;
        made = typeof changes === 'function' ? await changes() : changes;
        if (made.length === 0) return null;
        return sealChanges(this.id, kind, keys, made, (hash, sealed) => this.o.api.putBlob(this.id, kind, hash, sealed, this.consentFor(kind)));
      });
      return made.map((_, i): Place => [index, i]);
    });
  }

  /** Signs as the device and pushes; where another was faster, pulls and makes the commit anew. @param make null: there is nothing to do any more. */
  async commitCore(kind: Kind | 0, make: () => Promise<Made | null>, author: HolderSecret = this.o.me): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const made = await make();
      if (!made) return;
      const { operations, bundle = new Uint8Array(0), vaults = [] } = made;
      const leaf = await this.signed(author, kind, operations);
      try {
        const checkpoint = await this.o.api.push(this.id, encode([leaf, bundle, vaults]), kind, this.consentFor(kind));
        await this.take(leaf, bundle, checkpoint);
        return;
      } catch (e) {
        if (!(e instanceof ServerRefused) || e.code !== 'head-moved' || attempt >= ATTEMPTS) throw e;
        this.keyRing.forgetRoots();
        await this.pullCore();
      }
    }
  }

  async signed(author: HolderSecret, kind: Kind | 0, operations: Operation[]): Promise<Bytes> {
    const holder = this.current.holder(author.id);
    const body = encodeCommit({
      account: this.id,
      prevSize: this.size,
      prevRoot: this.current.root,
      author: author.id,
      seq: (holder?.lastSeq ?? 0) + 1,
      time: nextTime(holder?.lastTime ?? [0, 0], this.current.latest, this.now()),
      kind,
      operations,
    });
    return encodeLeaf({ body, signature: await author.sign(signedBytes(body)) });
  }

  /** Takes this device's own commit after the server acknowledged it. */
  async take(leaf: Bytes, bundle: Bytes, checkpoint: Bytes): Promise<void> {
    const next = this.current.copy();
    const commit = await next.extend(leaf);
    if (isRefused(commit)) throw new Error(`this browser made a commit that breaks a rule: ${commit.error}`);
    await this.checkHead(checkpoint, next);
    checkExpected(next, this.o.expected, this.me);
    const row = bundle.length > 0 ? { bundle, gone: [] } : null;
    await this.keep([{ index: commit.prevSize, leaf, commit, row }], next);
    await this.o.store.set('checkpoint', new TextDecoder().decode(checkpoint));
    if (commit.kind !== 0) await this.fill(commit.kind);
  }

  /** What a device does each time it runs: follow, tell what is off, fetch keys, read, and say that it is alive. */
  sync(): Promise<void> {
    return this.exclusively(async () => {
      await this.pullCore();
      await this.settle();
      for (const kind of KINDS) {
        if (!this.isOn(kind)) continue;
        await this.fetchVaultKeys(kind);
        if (this.library.unreadOf(kind).length > 0) await this.fill(kind);
      }
      const last = this.current.holder(this.me)?.lastTime[0] ?? 0;
      if (this.now() - last >= HEARTBEAT_MS) await this.commitCore(0, async () => ({ operations: [] }));
    });
  }

  // --- the index ---------------------------------------------------------------------------------------------------------------------------------------------

  private async loadVaults(): Promise<void> {
    const vaults = (await this.o.store.get('vaults')) ?? {};
    for (const kind of KINDS) {
      const sealed = vaults[kind];
      if (sealed && this.isOn(kind)) await this.keyRing.take(kind, this.current, sealed);
    }
  }

  private async readRest(): Promise<void> {
    for (const kind of KINDS) if (this.keyRing.vault(kind, this.current)) await this.filler.readUnread(kind);
    await this.saveDirty();
  }

  private async saveDirty(): Promise<void> {
    const { segments, whole } = this.library.takeDirty();
    if (segments.length === 0) return;
    const sealed = await sealSegments(this.o.storeKey, segments);
    await this.o.store.keep({ leaves: [], state: this.current.save(), segments: sealed, voids: this.library.voidPlaces, whole });
  }

  /** Records that are not removed. */
  shown(kind: Kind): Entry[] {
    return [...this.library.entries(kind)].filter((e) => !isRemoved(e));
  }
}
