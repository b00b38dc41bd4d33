/** What an account log says so far, and the rules by which a leaf extends it; spec/account-log.md §4 and §5. Rules carry their numbers. */
import { type Bytes, equal, hex } from './bytes';
import {
  type Commit,
  comparePlaces,
  compareTimes,
  decodeCommit,
  decodeLeaf,
  type HolderAdd,
  type Keyring,
  MAX_LIVE_HOLDERS,
  type Operation,
  type Place,
  signedBytes,
  type Time,
  type Wrap,
} from './commit';
import { isEd25519Key, isX25519Key, verify } from './curves';
import { accountId, HOLDER_DEVICE, HOLDER_PEOPLE, type HolderKeys, holderId, type Id, KINDS, type Kind } from './ids';
import { CompactRange, leafHash } from './merkle';
import { must, Refusal, refuse, totally } from './refusal';

export interface ConsentState {
  readonly on: boolean;
  readonly law: string;
  readonly hash: Bytes;
  readonly place: Place;
}

export interface Holder {
  readonly id: Id;
  readonly keys: HolderKeys;
  /** Sealed under the root key of `addedEpoch`; empty: no name. */
  readonly name: Bytes;
  readonly addedEpoch: number;
  readonly added: Place;
  readonly removed: Place | null;
  readonly lastSeq: number;
  readonly lastTime: Time;
  /** The root key of the account's epoch, sealed to it; null once removed. */
  readonly wrap: Wrap | null;
  readonly consents: Partial<Record<Kind, ConsentState>>;
}

export interface VaultState {
  /** Ascending by epoch; empty: the kind has no vault. */
  readonly keys: { epoch: number; hash: Bytes }[];
  /** Index of the commit of the last erase; −1: never. Puts of the kind at or below it are gone. */
  readonly erasedAt: number;
}

/** How long an announcement stands before its device may come in: 72 hours; spec/recovery-people.md §4. */
export const PEOPLE_WAIT_MS = 72 * 3600 * 1000;

/** A device that people with shares have said they will let in. */
export interface Announced {
  readonly by: Id;
  readonly keys: HolderKeys;
  readonly place: Place;
  readonly time: Time;
}

/** Everything but the tree. Plain data, so that a store can keep it by structured clone. */
export interface Facts {
  holders: Record<Id, Holder>;
  vaults: Partial<Record<Kind, VaultState>>;
  /** By epoch: the root key of the epoch before, sealed under that epoch's. */
  previous: Record<number, Bytes>;
  epoch: number;
  region: string;
  law: string;
  latest: Time;
  /** Undefined in states that were saved before there were announcements. */
  announced?: Announced | undefined;
}

export interface SavedState {
  readonly account: Id;
  readonly tree: Bytes;
  readonly facts: Facts;
}

const NO_VAULT: VaultState = { keys: [], erasedAt: -1 };

/** One log. A leaf that is refused leaves it as it was. Calls of `extend` must not overlap. */
export class AccountState {
  private tree: CompactRange;
  private facts: Facts;
  private head: Bytes;

  constructor(
    readonly account: Id,
    tree = new CompactRange(),
    facts: Facts = { holders: {}, vaults: {}, previous: {}, epoch: 0, region: '', law: '', latest: [0, 0] },
  ) {
    this.tree = tree;
    this.facts = facts;
    this.head = tree.root();
  }

  get size(): number {
    return Number(this.tree.size);
  }
  get root(): Bytes {
    return this.head;
  }
  get epoch(): number {
    return this.facts.epoch;
  }
  get region(): string {
    return this.facts.region;
  }
  get law(): string {
    return this.facts.law;
  }
  /** The latest time of any commit. */
  get latest(): Time {
    return this.facts.latest;
  }
  /** What people with shares have announced and nobody objected to. */
  get announced(): Announced | undefined {
    return this.facts.announced;
  }
  get holders(): Holder[] {
    return Object.values(this.facts.holders).sort((a, b) => comparePlaces(a.added, b.added));
  }
  get live(): Holder[] {
    return this.holders.filter((h) => h.removed === null);
  }
  holder(id: Id): Holder | undefined {
    return Object.hasOwn(this.facts.holders, id) ? this.facts.holders[id] : undefined;
  }
  vault(kind: Kind): VaultState {
    return this.facts.vaults[kind] ?? NO_VAULT;
  }
  /** The sealed root key of the epoch before this one. */
  previous(epoch: number): Bytes | undefined {
    return this.facts.previous[epoch];
  }
  mayTouch(holder: Id, kind: Kind): boolean {
    const h = this.holder(holder);
    return h?.removed === null && h.consents[kind]?.on === true;
  }

  save(): SavedState {
    return { account: this.account, tree: this.tree.toBytes(), facts: this.facts };
  }

  static load(saved: SavedState): AccountState | Refusal {
    const tree = CompactRange.parse(saved.tree);
    return tree instanceof Refusal ? tree : new AccountState(saved.account, tree, saved.facts);
  }

  /** Another state that begins where this one is. */
  copy(): AccountState {
    return new AccountState(this.account, this.tree.copy(), this.facts);
  }

  /** Checks all rules in their order. The commit, or the name of the first that fails, and then nothing has changed. */
  extend(leaf: Bytes): Promise<Commit | Refusal> {
    return totally(async () => {
      const { body, signature } = must(decodeLeaf(leaf)); // R1
      const commit = must(decodeCommit(body)); // R1, R2
      const facts = await check(this, this.facts, commit, body, signature);
      this.tree.append(leafHash(leaf));
      this.head = this.tree.root();
      this.facts = facts;
      return commit;
    });
  }
}

async function check(state: AccountState, before: Facts, commit: Commit, body: Bytes, signature: Bytes): Promise<Facts> {
  if (commit.account !== state.account) refuse('wrong-account'); // R3
  if (commit.prevSize !== state.size || !equal(commit.prevRoot, state.root)) refuse('head-moved'); // R4
  const first = state.size === 0;
  const author = first ? founderIn(commit) : state.holder(commit.author);
  if (!author) return refuse(first ? 'genesis-bad' : 'holder-unknown'); // R5
  if (author.removed) refuse('holder-removed');
  if (!(await verify(author.keys.signing, signedBytes(body), signature))) refuse('signature-bad'); // R6
  if (commit.seq !== author.lastSeq + 1) refuse('seq-bad'); // R7
  if (author.lastSeq > 0 && compareTimes(commit.time, author.lastTime) <= 0) refuse('time-order'); // R8
  let facts = before;
  if (commit.kind === 0) facts = new AccountChange(state, before, commit).apply();
  else checkRecords(state, commit, commit.kind, author);
  const heard = facts.holders[commit.author]!;
  return {
    ...facts,
    holders: { ...facts.holders, [commit.author]: { ...heard, lastSeq: commit.seq, lastTime: commit.time } },
    latest: compareTimes(commit.time, facts.latest) > 0 ? commit.time : facts.latest,
  };
}

/** The founder is no holder yet: the first commit brings its own author. */
function founderIn(commit: Commit): Holder | undefined {
  const op = commit.operations.findIndex((o) => o.op === 'holder-add' && holderId(o.keys) === commit.author);
  const add = commit.operations[op];
  return add?.op === 'holder-add' ? newHolder(add, 1, [commit.prevSize, op]) : undefined;
}

const newHolder = (add: HolderAdd, addedEpoch: number, added: Place): Holder => ({
  id: holderId(add.keys),
  keys: add.keys,
  name: add.name,
  addedEpoch,
  added,
  removed: null,
  lastSeq: 0,
  lastTime: [0, 0],
  wrap: null,
  consents: {},
});

/** R9 to R13 for a commit of a vault. That parents are of the same record is for who follows records (heads.ts). */
function checkRecords(state: AccountState, commit: Commit, kind: Kind, author: Holder): void {
  if (state.size === 0) refuse('genesis-bad'); // R21
  if (author.keys.type !== HOLDER_DEVICE || commit.operations.length === 0) refuse('kind-mixed'); // R9
  if (commit.operations.some((o) => o.op !== 'put' && o.op !== 'remove')) refuse('kind-mixed'); // R9
  if (author.consents[kind]?.on !== true) refuse('consent-required'); // R10
  const epoch = state.vault(kind).keys.at(-1)?.epoch ?? 0;
  commit.operations.forEach((o, i) => {
    if (o.op === 'put' && o.epoch !== epoch) refuse('epoch-stale'); // R11; R12 is in the form
    const last = o.op === 'put' || o.op === 'remove' ? o.parents.at(-1) : undefined;
    if (last && comparePlaces(last, [commit.prevSize, i]) >= 0) refuse('parent-bad'); // R13: ascending, so the last is enough
  });
}

/** R9 and R14 to R24: what a commit of kind 0 does. Works on copies; the state keeps its own. */
class AccountChange {
  private readonly holders: Record<Id, Holder>;
  private readonly vaults: Partial<Record<Kind, VaultState>>;
  private readonly added = new Set<Id>();
  private readonly granted = new Set<Id>();
  private readonly erased = new Set<Kind>();
  private readonly newVaults = new Set<Kind>();
  private removes = false;
  private keyring: Keyring | undefined;
  private epoch: number;
  private previous: Record<number, Bytes>;
  private region: string;
  private law: string;
  private announced: Announced | undefined;

  constructor(
    private readonly state: AccountState,
    private readonly before: Facts,
    private readonly commit: Commit,
  ) {
    this.holders = { ...before.holders };
    this.vaults = { ...before.vaults };
    this.epoch = before.epoch;
    this.previous = before.previous;
    this.region = before.region;
    this.law = before.law;
    this.announced = before.announced;
  }

  apply(): Facts {
    if (this.state.size === 0) this.checkGenesis();
    else this.checkPeople();
    this.commit.operations.forEach((o, i) => {
      this.one(o, i);
    });
    this.checkWhole();
    return {
      holders: this.holders,
      vaults: this.vaults,
      previous: this.previous,
      epoch: this.epoch,
      region: this.region,
      law: this.law,
      latest: this.before.latest,
      announced: this.announced,
    };
  }

  /** R21, but for "found nowhere else". */
  private checkGenesis(): void {
    const { commit } = this;
    const found = commit.operations[0];
    if (found?.op !== 'found' || accountId(commit.author, found.nonce) !== commit.account) refuse('genesis-bad');
    const device = commit.operations.some((o) => o.op === 'holder-add' && o.keys.type === HOLDER_DEVICE && holderId(o.keys) === commit.author);
    if (!device || !commit.operations.some((o) => o.op === 'keyring' && o.epoch === 1)) refuse('genesis-bad');
  }

  /** R22: people with shares do nothing but vouch, announce, and let in the device that they announced, three days later. */
  private checkPeople(): void {
    const { announced } = this;
    const { author, operations, time } = this.commit;
    if (this.own(author)?.keys.type !== HOLDER_PEOPLE) return;
    const [first, second] = operations;
    if (operations.length === 0 || (operations.length === 1 && first?.op === 'announce')) return;
    const lettingIn = operations.length === 2 && first?.op === 'holder-add' && second?.op === 'grant';
    if (!lettingIn || announced?.by !== author || holderId(first.keys) !== holderId(announced.keys)) return refuse('people-bad');
    if (time[0] - announced.time[0] < PEOPLE_WAIT_MS) refuse('people-bad');
    this.announced = undefined;
  }

  /** R23: a later time than all before it, so that the hours cannot begin before the account's last sign of life. */
  private announce(keys: HolderKeys, place: Place): void {
    const { author, time } = this.commit;
    const late = compareTimes(time, this.before.latest) > 0;
    if (this.own(author)?.keys.type !== HOLDER_PEOPLE || this.announced || this.own(holderId(keys)) || !late) refuse('people-bad');
    if (!isEd25519Key(keys.signing) || !isX25519Key(keys.agreement)) refuse('people-bad');
    this.announced = { by: author, keys, place, time };
  }

  private get live(): Holder[] {
    return Object.values(this.holders).filter((h) => h.removed === null);
  }

  private own(id: Id): Holder | undefined {
    return Object.hasOwn(this.holders, id) ? this.holders[id] : undefined;
  }

  private one(o: Operation, i: number): void {
    const place: Place = [this.commit.prevSize, i];
    switch (o.op) {
      case 'put':
      case 'remove':
        return refuse('kind-mixed'); // R9
      case 'found':
        if (this.state.size !== 0 || i !== 0) refuse('genesis-bad'); // R21
        return;
      case 'consent': {
        const author = this.own(this.commit.author);
        if (author?.keys.type !== HOLDER_DEVICE) return refuse('kind-mixed'); // R14
        const consent = { on: o.on, law: o.law, hash: o.hash, place };
        this.holders[author.id] = { ...author, consents: { ...author.consents, [o.kind]: consent } };
        return;
      }
      case 'holder-add': {
        const id = holderId(o.keys);
        if (this.own(id) || this.live.length >= MAX_LIVE_HOLDERS) refuse('holder-bad'); // R15
        if (!isEd25519Key(o.keys.signing) || !isX25519Key(o.keys.agreement)) refuse('holder-bad'); // R15
        this.holders[id] = newHolder(o, this.epoch, place);
        this.added.add(id);
        return;
      }
      case 'holder-remove': {
        const holder = this.own(o.holder);
        if (!holder || holder.removed || this.live.length === 1) return refuse('holder-bad'); // R16
        this.holders[o.holder] = { ...holder, removed: place, wrap: null };
        if (this.announced?.by === o.holder) this.announced = undefined;
        this.removes = true;
        return;
      }
      case 'keyring':
        if (this.keyring || o.epoch !== this.epoch + 1 || (o.epoch === 1) !== (o.previous.length === 0)) refuse('keyring-bad'); // R17
        this.keyring = o;
        this.epoch = o.epoch;
        if (o.previous.length > 0) this.previous = { ...this.previous, [o.epoch]: o.previous };
        return;
      case 'vault': {
        const old = this.vaults[o.kind] ?? NO_VAULT;
        if (this.erased.has(o.kind)) refuse('erase-bad'); // R20
        if (o.epoch !== this.epoch || o.length !== 104 || (old.keys.at(-1)?.epoch ?? 0) >= o.epoch) refuse('vault-bad'); // R18
        this.vaults[o.kind] = { ...old, keys: [...old.keys, { epoch: o.epoch, hash: o.hash }] };
        this.newVaults.add(o.kind);
        return;
      }
      case 'grant': {
        const holder = this.own(o.wrap.holder);
        if (!holder || !this.added.has(holder.id) || this.granted.has(holder.id)) return refuse('grant-bad'); // R19
        this.granted.add(holder.id);
        this.holders[holder.id] = { ...holder, wrap: o.wrap };
        return;
      }
      case 'erase':
        return this.erase(o.kind, o.epochs);
      case 'region':
        this.region = o.region;
        this.law = o.law;
        return;
      case 'announce':
        return this.announce(o.keys, place);
      case 'object':
        if (!this.announced || comparePlaces(this.announced.place, o.place) !== 0) refuse('people-bad'); // R24
        this.announced = undefined;
        return;
    }
  }

  private erase(kind: Kind, epochs: number[]): void {
    const vault = this.state.vault(kind);
    const same = vault.keys.length === epochs.length && vault.keys.every((k, i) => k.epoch === epochs[i]);
    if (vault.keys.length === 0 || !same || this.newVaults.has(kind) || this.erased.has(kind)) refuse('erase-bad'); // R20
    this.erased.add(kind);
    this.vaults[kind] = { keys: [], erasedAt: this.commit.prevSize };
    for (const holder of Object.values(this.holders)) {
      const on = holder.consents[kind];
      if (on?.on) this.holders[holder.id] = { ...holder, consents: { ...holder.consents, [kind]: { ...on, on: false } } };
    }
  }

  /** What only the whole commit shows. */
  private checkWhole(): void {
    const { keyring } = this;
    if (!keyring) {
      if (this.removes) refuse('holder-bad'); // R16
      if (this.erased.size > 0) refuse('erase-bad'); // R20
      if (this.added.size !== this.granted.size) refuse('grant-bad'); // R19
      return;
    }
    if (this.granted.size > 0) refuse('grant-bad'); // R19
    const live = this.live.map((h) => h.id).sort();
    if (live.length !== keyring.wraps.length || live.some((id, i) => id !== keyring.wraps[i]!.holder)) refuse('keyring-bad'); // R17
    for (const kind of KINDS) {
      if (this.state.vault(kind).keys.length > 0 && !this.erased.has(kind) && !this.newVaults.has(kind)) refuse('keyring-bad'); // R17
    }
    for (const wrap of keyring.wraps) {
      const holder = this.holders[wrap.holder]!;
      this.holders[wrap.holder] = { ...holder, wrap, addedEpoch: this.added.has(holder.id) ? keyring.epoch : holder.addedEpoch };
    }
  }
}

/** For messages to people and logs: what a head is called. */
export const shortRoot = (root: Bytes): string => hex(root.subarray(0, 4));
