/** Signed requests and their answers; spec/http-api.md. One instance signs as one holder. Answers of a server are read by total readers; what does not fit is `bad-answer`. */
import { type Bytes, fromUtf8, hex, utf8 } from '../protocol/bytes';
import { type Cbor, decode, encode, Shape } from '../protocol/cbor';
import { MAX_BUNDLE, MAX_COMMIT, type Place } from '../protocol/commit';
import { sha256Large } from '../protocol/hash';
import { digestHeaderOf, holderHeader, signatureBase, signatureHeader, signatureInputHeader } from '../protocol/http-signature';
import { type Id, KIND_NAMES, type Kind } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import type { Purpose } from '../protocol/ledger';
import { decodeMessages, type PairingMessages } from '../protocol/pairing';
import { random } from '../protocol/random';
import { isRefused, must, type Refusal, total } from '../protocol/refusal';
import { type Answer, type Gate, type Request, readAll } from './gate';
import { ServerRefused } from './problems';
import { items } from './sequence';

const MAX_SMALL = 1 << 20;
export const MAX_BLOB = 8_396_872;
const MAX_ITEM = MAX_COMMIT + MAX_BUNDLE + 65_536;
const MAX_WAIT_SECONDS = 30;
const PROBLEM = 'urn:candor:error:';

export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly key: string;
  readonly registration: 'open' | 'invite' | 'closed';
  readonly region: string;
  readonly law: string;
}

export type PullItem = { leaf: Bytes; index: number; bundle: Bytes | null; gone: number[] } | { checkpoint: string };

/** What a server says of a restore (spec/http-api.md §5.1). A browser keeps no commits to put back: a log that is shorter stays an alarm here. */
type RestoreItem = { restored: string };

interface Call {
  readonly method: Request['method'];
  readonly path: string;
  readonly query?: string;
  readonly body?: Bytes;
  readonly type?: string;
  readonly purpose: Purpose;
  readonly kind?: Kind;
  readonly consent?: number;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
}

/** What a server says of itself. The one request that nobody signs. */
export async function askServer(gate: Gate): Promise<ServerInfo> {
  const answer = await gate.send({ method: 'GET', target: '/v1/server', headers: {}, purpose: 'server' });
  const text = fromUtf8(await readAll(answer, MAX_SMALL));
  if (answer.status !== 200 || text === undefined) throw new ServerRefused('bad-answer', answer.status);
  return readServerInfo(text);
}

export class ServerApi {
  /** How far the server's clock is ahead of ours, once it said so. */
  private skew = 0;

  constructor(
    private readonly gate: Gate,
    private readonly me: HolderSecret,
    private readonly now: () => number = Date.now,
  ) {}

  server(): Promise<ServerInfo> {
    return askServer(this.gate);
  }

  async found(push: Bytes, invite: string | null): Promise<Bytes> {
    const headers = { 'Candor-Holder': holderHeader(this.me.keys), ...(invite ? { 'Candor-Invite': invite } : {}) };
    return this.whole({ method: 'POST', path: '/v1/accounts', body: push, type: 'application/cbor', purpose: 'account', headers }, MAX_SMALL);
  }

  async findAccount(): Promise<{ account: Id; size: number }> {
    const headers = { 'Candor-Holder': holderHeader(this.me.keys) };
    const bytes = await this.whole({ method: 'GET', path: `/v1/holders/${this.me.id}`, purpose: 'account', headers }, MAX_SMALL);
    return understood(() => {
      const s = new Shape('bad-answer');
      const [account, size] = s.array(must(decode(bytes)), 2);
      return { account: hex(s.bytes(account, 16)), size: s.uint(size) };
    });
  }

  push(account: Id, push: Bytes, kind: Kind | 0, consent: number): Promise<Bytes> {
    const of = kind === 0 ? {} : { kind, consent };
    return this.whole(
      { method: 'POST', path: `/v1/accounts/${account}/commits`, body: push, type: 'application/cbor', purpose: 'sync', ...of },
      MAX_SMALL,
    );
  }

  /** The log from a size on. Ends with the checkpoint; an end without one is `unreachable`. */
  async *pull(account: Id, from: number, options: { payloads: boolean; kinds?: Kind[] }): AsyncGenerator<PullItem> {
    const kinds = options.kinds ? `&kinds=${options.kinds.join(',')}` : '';
    const query = `from=${from}&payloads=${options.payloads ? 'live' : 'none'}${kinds}`;
    const answer = await this.signed({ method: 'GET', path: `/v1/accounts/${account}/log`, query, purpose: 'sync' });
    try {
      for await (const item of items(answer.body, MAX_ITEM)) {
        if (isRefused(item)) throw new ServerRefused(item.error === 'cut' ? 'unreachable' : 'bad-answer', answer.status);
        const read = understood(() => readPullItem(item));
        if (!('restored' in read)) yield read;
      }
    } finally {
      await answer.body.cancel().catch(() => {});
    }
  }

  async vaults(account: Id, kind: Kind): Promise<{ epoch: number; sealed: Bytes }[]> {
    const bytes = await this.whole({ method: 'GET', path: `/v1/accounts/${account}/vaults/${KIND_NAMES[kind]}`, purpose: 'sync' }, MAX_SMALL);
    return understood(() => {
      const s = new Shape('bad-answer');
      return s.list(must(decode(bytes)), 4096).map((v) => {
        const [epoch, sealed] = s.array(v, 2);
        return { epoch: s.uint(epoch), sealed: s.bytes(sealed, 104) };
      });
    });
  }

  /** Sealed records at places; null where the server has none. */
  async payloads(account: Id, places: Place[]): Promise<(Bytes | null)[]> {
    const body = encode(places.map((p) => [p[0], p[1]]));
    const answer = await this.signed({ method: 'POST', path: `/v1/accounts/${account}/payloads`, body, type: 'application/cbor', purpose: 'sync' });
    const found: (Bytes | null)[] = [];
    for await (const item of items(answer.body, 65_600)) {
      if (isRefused(item)) throw new ServerRefused('bad-answer', answer.status);
      found.push(item instanceof Uint8Array ? (item as Bytes) : null);
    }
    if (found.length !== places.length) throw new ServerRefused('bad-answer', answer.status);
    return found;
  }

  blob(account: Id, kind: Kind, name: Bytes, range?: { at: number; length: number }): Promise<Bytes> {
    const headers: Record<string, string> = range ? { Range: `bytes=${range.at}-${range.at + range.length - 1}` } : {};
    return this.whole(
      { method: 'GET', path: `/v1/accounts/${account}/blobs/${KIND_NAMES[kind]}/${hex(name)}`, purpose: 'blob', headers },
      range ? range.length : MAX_BLOB,
    );
  }

  async putBlob(account: Id, kind: Kind, name: Bytes, sealed: Bytes, consent: number): Promise<void> {
    const path = `/v1/accounts/${account}/blobs/${KIND_NAMES[kind]}/${hex(name)}`;
    await this.whole({ method: 'PUT', path, body: sealed, type: 'application/octet-stream', purpose: 'blob', kind, consent }, MAX_SMALL);
  }

  /** Which of at most 4,096 blobs the server does not have. */
  async missing(account: Id, kind: Kind, names: Bytes[]): Promise<Bytes[]> {
    const path = `/v1/accounts/${account}/blobs/${KIND_NAMES[kind]}/missing`;
    const bytes = await this.whole({ method: 'POST', path, body: encode(names), type: 'application/cbor', purpose: 'blob' }, MAX_SMALL);
    return understood(() => {
      const s = new Shape('bad-answer');
      return s.list(must(decode(bytes)), names.length).map((n) => s.bytes(n, 32));
    });
  }

  async usage(account: Id): Promise<{ blobs: number; bytes: number; quota: number; commits: number }> {
    const bytes = await this.whole({ method: 'GET', path: `/v1/accounts/${account}/usage`, purpose: 'sync' }, MAX_SMALL);
    return understood(() => {
      const s = new Shape('bad-answer');
      const m = s.map(must(decode(bytes)));
      return { blobs: s.uint(m.get('blobs')), bytes: s.uint(m.get('bytes')), quota: s.uint(m.get('quota')), commits: s.uint(m.get('commits')) };
    });
  }

  /** Calls `changed` at each event until the stream ends or is aborted. */
  async events(account: Id, changed: (size: number) => void, signal: AbortSignal): Promise<void> {
    const answer = await this.signed({ method: 'GET', path: `/v1/accounts/${account}/events`, purpose: 'sync', signal });
    let rest = '';
    for (;;) {
      const { done, value } = await answer.body.read();
      if (done) return;
      rest += fromUtf8(value) ?? '';
      const lines = rest.split('\n');
      rest = lines.pop()!.slice(0, 256);
      for (const line of lines) if (/^data: [0-9]{1,15}$/.test(line)) changed(Number(line.slice(6)));
    }
  }

  async postPairing(commitment: Bytes): Promise<{ code: string; expires: number }> {
    const bytes = await this.whole(
      { method: 'POST', path: '/v1/pairings', body: encode(commitment), type: 'application/cbor', purpose: 'account', headers: this.newcomer },
      MAX_SMALL,
    );
    const ticket: unknown = parseJson(fromUtf8(bytes));
    const { code, expires } = (ticket ?? {}) as { code?: unknown; expires?: unknown };
    if (typeof code !== 'string' || !/^[0-9]{9}$/.test(code) || typeof expires !== 'number') throw new ServerRefused('bad-answer', 201);
    return { code, expires };
  }

  /** @param account Of the approving device; null for the newcomer. */
  async pairing(code: string, account: Id | null, have?: number, signal?: AbortSignal): Promise<PairingMessages> {
    const query = have === undefined ? '' : `wait=25&have=${have}`;
    const bytes = await this.whole(
      { method: 'GET', path: `/v1/pairings/${code}`, query, purpose: 'account', headers: this.side(account), signal },
      MAX_SMALL,
    );
    return understood(() => must(decodeMessages(bytes)));
  }

  async putPairing(code: string, what: 'offer' | 'reveal' | 'welcome', message: Bytes, account: Id | null): Promise<void> {
    const call: Call = {
      method: 'PUT',
      path: `/v1/pairings/${code}/${what}`,
      body: message,
      type: 'application/cbor',
      purpose: 'account',
      headers: this.side(account),
    };
    await this.whole(call, MAX_SMALL);
  }

  async deletePairing(code: string, account: Id | null): Promise<void> {
    await this.whole({ method: 'DELETE', path: `/v1/pairings/${code}`, purpose: 'account', headers: this.side(account) }, MAX_SMALL);
  }

  private get newcomer(): Record<string, string> {
    return { 'Candor-Holder': holderHeader(this.me.keys) };
  }

  private side(account: Id | null): Record<string, string> {
    return account ? { 'Candor-Account': account } : this.newcomer;
  }

  private async whole(call: Call, max: number): Promise<Bytes> {
    return readAll(await this.signed(call), max);
  }

  /** Sends; shifts `created` once where the clocks differ, waits once where the server is busy. */
  private async signed(call: Call): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.gate.send(await this.request(call));
      if (answer.status >= 200 && answer.status < 300) return answer;
      const refusal = await readProblem(answer);
      if (attempt >= 3) throw refusal;
      if (refusal.code === 'clock-skew') {
        const theirs = Date.parse(answer.headers.get('date') ?? '');
        if (Number.isNaN(theirs)) throw refusal;
        this.skew = theirs - this.now();
      } else if ((refusal.code === 'rate-limited' || refusal.code === 'busy') && refusal.retryAfter <= MAX_WAIT_SECONDS) {
        await new Promise((resolve) => setTimeout(resolve, 1000 * Math.max(1, refusal.retryAfter)));
      } else throw refusal;
    }
  }

  private async request(call: Call): Promise<Request> {
    const body = call.body ?? new Uint8Array(0);
    const digest = digestHeaderOf(await sha256Large(body));
    const parameters = { created: Math.floor((this.now() + this.skew) / 1000), nonce: hex(random(8)), keyid: this.me.id };
    const target = { method: call.method, authority: this.gate.authority.toLowerCase(), path: call.path, query: `?${call.query ?? ''}` };
    const signature = await this.me.sign(utf8(signatureBase(target, digest, parameters)));
    return {
      method: call.method,
      target: call.path + (call.query ? `?${call.query}` : ''),
      headers: {
        ...(call.type ? { 'Content-Type': call.type } : {}),
        ...call.headers,
        'Content-Digest': digest,
        'Signature-Input': signatureInputHeader(parameters),
        Signature: signatureHeader(signature),
      },
      ...(call.body ? { body: call.body } : {}),
      purpose: call.purpose,
      ...(call.kind === undefined ? {} : { kind: call.kind, consent: call.consent ?? -1 }),
      ...(call.signal ? { signal: call.signal } : {}),
    };
  }
}

/** The value, or the refusal that the server's answer was none. */
function understood<T>(read: () => T): T {
  const value: T | Refusal = total(read);
  if (isRefused(value)) throw new ServerRefused('bad-answer', 200);
  return value;
}

function readPullItem(item: Cbor): PullItem | RestoreItem {
  const s = new Shape('bad-answer');
  const [kind, ...rest] = s.list(item, 5, 2);
  if (kind === 1) return { checkpoint: s.text(s.array(rest, 1)[0], 262_144) };
  if (kind === 2) return { restored: s.text(s.array(rest, 1)[0], 262_144) };
  const [index, leaf, bundle, gone] = s.array(rest, 4);
  if (kind !== 0) s.uint(null);
  return {
    index: s.uint(index),
    leaf: s.bytes(leaf, MAX_COMMIT + 128, 1),
    bundle: bundle === null ? null : s.bytes(bundle, MAX_BUNDLE, 0),
    gone: s.list(gone, 4096).map((g) => s.uint(g, 4095)),
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readProblem(answer: Answer): Promise<ServerRefused> {
  const body = parseJson(fromUtf8(await readAll(answer, MAX_SMALL).catch(() => new Uint8Array(0))));
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const type = typeof problem.type === 'string' && problem.type.startsWith(PROBLEM) ? problem.type.slice(PROBLEM.length) : 'server-error';
  const wait = Number(answer.headers.get('retry-after') ?? '');
  return new ServerRefused(type, answer.status, typeof problem.detail === 'string' ? problem.detail : '', Number.isFinite(wait) ? wait : 0, problem);
}

function readServerInfo(text: string): ServerInfo {
  const value = (parseJson(text) ?? {}) as Record<string, unknown>;
  const word = (key: string) => (typeof value[key] === 'string' ? (value[key] as string).slice(0, 1024) : '');
  const registration = word('registration');
  if (word('name') === '' || word('key') === '') throw new ServerRefused('bad-answer', 200);
  return {
    name: word('name'),
    version: word('version'),
    key: word('key'),
    registration: registration === 'open' || registration === 'invite' ? registration : 'closed',
    region: word('region'),
    law: word('law'),
  };
}
