/** How this browser becomes a device: founds an account, comes in by the 24 words, or is let in by another device; and how it lets others in. spec/keys.md §3, spec/recovery-phrase.md, spec/pairing.md. */
import { type Bytes, concat, equal } from '../protocol/bytes';
import { encode } from '../protocol/cbor';
import { sha256 } from '../protocol/hash';
import { accountId, type Id, KINDS, type Kind } from '../protocol/ids';
import { HolderSecret } from '../protocol/keys';
import * as pairing from '../protocol/pairing';
import { passwordHolder, passwordKeys, readSecret } from '../protocol/password';
import { readWords, toWords } from '../protocol/phrase';
import { random } from '../protocol/random';
import { isRefused } from '../protocol/refusal';
import { Account } from './account';
import type { AccountOptions, Progress } from './account-options';
import type { Gate } from './gate';
import { addHolder, firstKeyring } from './key-ring';
import { DeviceProblem, ServerRefused } from './problems';
import { ServerApi } from './server-api';
import { type DeviceRow, newStoreKey, type Store, secretOf } from './store';
import { newVerifier } from './verify';

const ATTEMPTS = 5;

export interface Place {
  readonly gate: Gate;
  readonly store: Store;
}

/** What the person gave this browser. It binds this program, not who has taken the browser over (docs/decisions/0023). */
export interface Limits {
  /** When it forgets everything by itself (Unix ms); null: never. */
  readonly until: number | null;
  /** What it may open; null: all. */
  readonly kinds: Kind[] | null;
}

/** Of what a page says: kinds that there are, each once; all of them are no limit. */
export function limitsOf(until: number | null, kinds: Kind[] | null): Limits {
  const some = kinds && KINDS.filter((k) => kinds.includes(k));
  return { until, kinds: some && some.length < KINDS.length ? some : null };
}

export const newPhrase = (): string => toWords(random(32)).join(' ');

async function entropyOf(words: string): Promise<Bytes> {
  const entropy = readWords(words);
  if (isRefused(entropy)) throw new DeviceProblem(entropy.error, entropy.at === undefined ? '' : String(entropy.at));
  return entropy;
}

async function newRow(
  me: HolderSecret,
  account: Id,
  vkey: string,
  name: string,
  expected: DeviceRow['expected'],
  limits: Limits,
): Promise<DeviceRow> {
  return { signing: me.signing, agreement: me.agreement, storeKey: await newStoreKey(), account, vkey, name, expected, ...limits };
}

/** Tries that may be repeated: the server knows the same push again (spec/http-api.md §3 and §4). */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (e) {
      if (!(e instanceof ServerRefused) || e.code !== 'unreachable' || attempt >= ATTEMPTS) throw e;
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    }
  }
}

/**
 * Founds an account: this browser and the 24 words are its first holders, and the words sign the second commit (spec/recovery-phrase.md §3). Where it stays unknown what the server
 * took, the words MUST NOT found another account: the server would name the older one for them. Then it is `found-unsure`, and the person begins again with new words.
 */
export async function found(at: Place, words: string, name: string, invite: string | null, limits: Limits): Promise<void> {
  const phrase = await HolderSecret.fromPhrase(await entropyOf(words));
  const me = await HolderSecret.newDevice();
  const api = new ServerApi(at.gate, me);
  const server = await api.server();
  const nonce = random(16);
  const id = accountId(me.id, nonce);
  const row = await newRow(me, id, server.key, name, null, limits);
  const account = await open(at, row, api);
  const operations = [{ op: 'found' as const, nonce }, ...(await firstKeyring(id, me.keys, name, phrase.keys))];
  const leaf = await account.signed(me, 0, operations);
  const push = encode([leaf, new Uint8Array(0), []]);
  try {
    await account.take(leaf, new Uint8Array(0), await patiently(() => api.found(push, invite)));
    const vouch = await account.signed(phrase, 0, []);
    const signed = await patiently(() => api.push(id, encode([vouch, new Uint8Array(0), []]), 0, -1));
    await account.take(vouch, new Uint8Array(0), signed);
  } catch (e) {
    throw e instanceof ServerRefused && e.code === 'unreachable' ? new DeviceProblem('found-unsure') : e;
  }
  await at.store.set('device', row);
}

/** Comes in by the words: verifies the log, finds the words' own signature in it, and only then adds this browser. */
export async function recover(at: Place, words: string, name: string, limits: Limits, followed?: (progress: Progress | null) => void): Promise<void> {
  await comeIn(at, await HolderSecret.fromPhrase(await entropyOf(words)), 'words', name, limits, followed);
}

/** Comes in by a password and the account secret, in the same way; spec/recovery-password.md. Stretching takes seconds. */
export async function recoverByPassword(
  at: Place,
  password: string,
  typed: string,
  name: string,
  limits: Limits,
  progress: (done: number) => void,
): Promise<void> {
  const secret = readSecret(typed);
  if (isRefused(secret)) throw new DeviceProblem(`secret-${secret.error}`, secret.at === undefined ? '' : String(secret.at));
  const keys = await passwordKeys(password, secret, progress);
  if (isRefused(keys)) throw new DeviceProblem(keys.error);
  await comeIn(at, await passwordHolder(keys), 'password', name, limits);
}

/** @param followed How far the log is verified, of what the server says it is long. */
async function comeIn(
  at: Place,
  phrase: HolderSecret,
  by: 'words' | 'password',
  name: string,
  limits: Limits,
  followed?: (progress: Progress | null) => void,
): Promise<void> {
  const me = await HolderSecret.newDevice();
  const api = new ServerApi(at.gate, phrase);
  const server = await api.server();
  let account: Id;
  let size: number;
  try {
    ({ account, size } = await api.findAccount());
  } catch (e) {
    if (e instanceof ServerRefused && e.code === 'not-found') throw new DeviceProblem(`no-account-for-${by}`);
    throw e;
  }
  const row = await newRow(me, account, server.key, name, null, limits);
  const opened = await Account.open(account, {
    store: at.store,
    api,
    me: phrase,
    storeKey: row.storeKey,
    serverKey: newVerifier(row.vkey),
    expected: null,
    changed: (progress) => followed?.(progress && { done: progress.done, total: size }),
  });
  await opened.pull();
  if ((opened.state.current.holder(phrase.id)?.lastSeq ?? 0) === 0) throw new DeviceProblem(`${by}-never-signed`);
  await opened.exclusively(() =>
    opened.commitCore(0, async () => {
      const state = opened.state.current;
      return { operations: await addHolder(await opened.keyRing.newestRoot(state), state, me.keys, name) };
    }),
  );
  await at.store.set('device', row);
}

export const open = (at: Place, row: DeviceRow, api: ServerApi, changed?: AccountOptions['changed'], early = false): Promise<Account> =>
  Account.open(row.account, {
    store: at.store,
    api,
    me: secretOf(row),
    storeKey: row.storeKey,
    serverKey: newVerifier(row.vkey),
    expected: row.expected,
    early,
    ...(changed ? { changed } : {}),
  });

/** Waits until a message is there: the server answers after 25 seconds at most, and is asked again until the pairing is over. */
async function awaitMessage(
  api: ServerApi,
  code: string,
  account: Id | null,
  have: number,
  pick: (m: pairing.PairingMessages) => Bytes | null,
  signal: AbortSignal,
): Promise<Bytes> {
  for (;;) {
    try {
      const found = pick(await api.pairing(code, account, have, signal));
      if (found) return found;
    } catch (e) {
      if (signal.aborted) throw new DeviceProblem('pairing-stopped');
      if (e instanceof ServerRefused && e.code === 'not-found') throw new DeviceProblem('pairing-over');
      if (!(e instanceof ServerRefused) || e.code !== 'unreachable') throw e;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** This browser asks to be let in. 1. `start`: a code to show. 2. `meet`: words to compare. 3. `finish` after a yes. `stop` at any time before. */
export class Newcomer {
  private readonly abort = new AbortController();
  private offer: pairing.Offer | undefined;
  private h: Bytes = new Uint8Array(0);

  private constructor(
    private readonly at: Place,
    private readonly me: HolderSecret,
    private readonly api: ServerApi,
    private readonly reveal: Bytes,
    private readonly name: string,
    readonly code: string,
    readonly link: string,
    readonly expires: number,
  ) {}

  static async start(at: Place, name: string): Promise<Newcomer> {
    const me = await HolderSecret.newDevice();
    // Signed with keys for this once: the device's own are still secret.
    const api = new ServerApi(at.gate, await HolderSecret.newDevice());
    const server = await api.server();
    const reveal = pairing.encodeReveal({ keys: me.keys, nonce: random(32), name });
    const commitment = pairing.commitmentOf(reveal);
    const { code, expires } = await api.postPairing(commitment);
    return new Newcomer(at, me, api, reveal, name, code, pairing.linkText({ code, server: server.name, commitment }), expires);
  }

  async meet(): Promise<string[]> {
    const sent = await awaitMessage(this.api, this.code, null, 1, (m) => m.offer, this.abort.signal);
    const offer = pairing.decodeOffer(sent);
    if (isRefused(offer)) throw new DeviceProblem('pairing-tampered');
    // The first offer is the only one: nothing was revealed before it, and another one would not fit the words.
    this.h = pairing.transcript(pairing.commitmentOf(this.reveal), sent, this.reveal);
    await this.api.putPairing(this.code, 'reveal', this.reveal, null);
    this.offer = offer;
    return pairing.pairingWords(this.h);
  }

  async finish(limits: Limits): Promise<void> {
    const sent = await awaitMessage(this.api, this.code, null, 3, (m) => m.welcome, this.abort.signal);
    const letter = await pairing.readWelcome(this.me, this.offer!, this.h, sent);
    if (isRefused(letter)) throw new DeviceProblem('pairing-tampered');
    const expected = { size: letter.size, root: letter.root, approver: letter.approver };
    await this.at.store.set('device', await newRow(this.me, letter.account, letter.vkey, this.name, expected, limits));
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.api.deletePairing(this.code, null).catch(() => {});
  }
}

/** This browser lets another device in. 1. `start` with what a person typed or scanned. 2. `meet`: its name and the words. 3. `finish` after a yes. */
export class Approver {
  private readonly abort = new AbortController();
  private h: Bytes = new Uint8Array(0);
  private reveal: pairing.Reveal | undefined;

  private constructor(
    private readonly account: Account,
    private readonly me: HolderSecret,
    private readonly api: ServerApi,
    private readonly vkey: string,
    private readonly code: string,
    private readonly commitment: Bytes,
    private readonly offer: Bytes,
  ) {}

  static async start(account: Account, me: HolderSecret, api: ServerApi, vkey: string, typed: string): Promise<Approver> {
    const link = pairing.parseLink(typed);
    if (isRefused(link)) throw new DeviceProblem('pairing-code-bad');
    if (link.commitment && link.server !== newVerifier(vkey).name) throw new DeviceProblem('pairing-other-server', link.server);
    const offer = pairing.encodeOffer({ account: account.id, approver: me.keys, nonce: random(32) });
    try {
      const { commitment } = await api.pairing(link.code, account.id);
      if (link.commitment && !equal(link.commitment, commitment)) throw new DeviceProblem('pairing-tampered');
      await api.putPairing(link.code, 'offer', offer, account.id);
      return new Approver(account, me, api, vkey, link.code, commitment, offer);
    } catch (e) {
      if (e instanceof ServerRefused && (e.code === 'not-found' || e.code === 'account-exists')) throw new DeviceProblem('pairing-code-bad');
      throw e;
    }
  }

  async meet(): Promise<{ name: string; words: string[] }> {
    const sent = await awaitMessage(this.api, this.code, this.account.id, 2, (m) => m.reveal, this.abort.signal);
    const reveal = pairing.decodeReveal(sent);
    if (isRefused(reveal) || !pairing.matches(this.commitment, sent)) throw new DeviceProblem('pairing-tampered');
    this.reveal = reveal;
    this.h = pairing.transcript(this.commitment, this.offer, sent);
    return { name: pairing.shownName(reveal.name), words: pairing.pairingWords(this.h) };
  }

  /** Commits the new holder, then tells it where the log stands. */
  async finish(): Promise<void> {
    const { account } = this;
    const reveal = this.reveal!;
    // A person who said no on the new device has taken the pairing away: then nothing is committed.
    await this.api.pairing(this.code, account.id).catch((e) => {
      throw e instanceof ServerRefused && e.code === 'not-found' ? new DeviceProblem('pairing-over') : e;
    });
    await account.exclusively(async () => {
      await account.pullCore();
      await account.commitCore(0, async () => {
        const state = account.state.current;
        return {
          operations: await addHolder(await account.keyRing.newestRoot(state), state, reveal.keys, reveal.name),
        };
      });
    });
    const state = account.state.current;
    const letter = { account: account.id, size: state.size, root: state.root, vkey: this.vkey, approver: this.me.id };
    const welcome = await pairing.writeWelcome(this.me, reveal.keys, this.h, letter);
    if (isRefused(welcome)) throw new DeviceProblem('pairing-tampered');
    await this.api.putPairing(this.code, 'welcome', welcome, account.id);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.api.deletePairing(this.code, this.account.id).catch(() => {});
  }
}

/** The hash of the notice that a kind will be erased (spec/http-api.md §3.1). */
export const eraseNotice = (): Bytes => sha256(concat(new TextEncoder().encode('candor/v1 erase')));
