/**
 * What the first screens say before the whole index is read: how much there is of each kind, and the conversations, of which each would need all messages. It lies sealed in the store, and
 * counts for exactly the log that it was made from. And what each call of the page waits for.
 */
import { type Bytes, fromUtf8, utf8 } from '../protocol/bytes';
import { type Cbor, decode, encode, Shape } from '../protocol/cbor';
import { isKind, KINDS, type Kind } from '../protocol/ids';
import { isRefused, must, refuse, total } from '../protocol/refusal';
import type { Account } from './account';
import type { Desk } from './desk';
import { type ConversationRow, conversations, type PhotoRow, photos } from './lists';
import type { Outbox } from './outbox';
import { countsOf, type KindCounts } from './shapes';
import { openRow, type Store, sealRow } from './store';

const VERSION = 1;
const NAME = 'brief';
const TIMELINE = 'timeline';
const MAX_CONVERSATIONS = 100_000;
const MAX_TEXT = 1 << 20;

export interface Brief {
  /** Of the log that it is of. */
  readonly size: number;
  readonly counts: ReadonlyMap<Kind, KindCounts>;
  readonly conversations: ConversationRow[];
}

export function writeBrief(b: Brief): Bytes {
  const counts = [...b.counts].map(([kind, c]): Cbor => [kind, c.count, c.unread, c.removed]);
  const conversations = b.conversations.map((c): Cbor => [c.thread, c.name, c.last, c.date, c.count, c.unread]);
  return encode([VERSION, b.size, counts, conversations]);
}

/** Null where it is none, or of another form. */
export function readBrief(plain: Bytes): Brief | null {
  const read = total(() => {
    const s = new Shape('malformed');
    const [version, size, counts, conversations] = s.array(must(decode(plain)), 4);
    s.uint(version, VERSION, VERSION);
    return {
      size: s.uint(size),
      counts: new Map(
        s.list(counts, KINDS.length, KINDS.length).map((c): [Kind, KindCounts] => {
          const [kind, count, unread, removed] = s.array(c, 4);
          return [isKind(kind) ? kind : refuse('malformed'), { count: s.uint(count), unread: s.uint(unread), removed: s.uint(removed) }];
        }),
      ),
      conversations: s.list(conversations, MAX_CONVERSATIONS).map((c): ConversationRow => {
        const [thread, name, last, date, count, unread] = s.array(c, 6);
        return {
          thread: s.text(thread, MAX_TEXT),
          name: s.text(name, MAX_TEXT),
          last: s.text(last, MAX_TEXT),
          date: s.uint(date, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
          count: s.uint(count),
          unread: s.uint(unread),
        };
      }),
    };
  });
  return isRefused(read) || read.counts.size !== KINDS.length ? null : read;
}

/** The rows of the timeline as this device sealed them: in the browser's own JSON, which is the quickest. Null where they are of another log. */
function timelineOf(plain: Bytes, size: number): PhotoRow[] | null {
  try {
    const [of, rows] = JSON.parse(fromUtf8(plain) ?? '') as [number, PhotoRow[]];
    return of === size && Array.isArray(rows) ? rows : null;
  } catch {
    return null;
  }
}

/** Answers what the first screens ask: from the brief until the index is read, and from the records then. */
export class FirstScreens {
  private kept = '';
  private timeline: PhotoRow[] | null = null;

  private constructor(
    private readonly account: Account,
    private readonly outbox: Outbox,
    private readonly desk: Desk,
    private readonly store: Store,
    private readonly key: CryptoKey,
    /** Null where there is none for this log, or the index is read. */
    public brief: Brief | null,
  ) {
    const read = () => {
      this.brief = null;
    };
    account.loaded.then(read, read);
    const photosRead = () => {
      this.timeline = null;
      this.photosAreRead = true;
    };
    account.ready(4).then(photosRead, photosRead);
  }

  static async open(account: Account, outbox: Outbox, desk: Desk, store: Store, key: CryptoKey): Promise<FirstScreens> {
    const sealed = outbox.count === 0 ? await store.get('brief') : undefined;
    const plain = sealed && (await openRow(key, NAME, sealed));
    const brief = plain ? readBrief(plain) : null;
    const first = new FirstScreens(account, outbox, desk, store, key, brief?.size === account.size ? brief : null);
    if (first.brief) first.kept = first.stamp();
    return first;
  }

  private photosAreRead = false;

  /** The log, and what was read of it since this browser began. */
  private stamp(): string {
    return `${this.account.size}/${this.account.library.revision}`;
  }

  /** Waits until a call can be answered. */
  async before(method: string, args: readonly unknown[]): Promise<void> {
    if (method === 'photos' && this.brief && (await this.readTimeline())) return;
    const kinds = needsOf(method, args, this.brief !== null);
    if (kinds) await Promise.all(kinds.map((kind) => this.account.ready(kind)));
    else await this.account.loaded;
  }

  /** False where there is none, or the photos themselves were there first. */
  private async readTimeline(): Promise<boolean> {
    if (this.photosAreRead || !this.brief) return false;
    if (this.timeline) return true;
    const sealed = await this.store.get('timeline');
    const plain = sealed && (await openRow(this.key, TIMELINE, sealed));
    const rows = plain && timelineOf(plain, this.account.size);
    if (rows && !this.photosAreRead) this.timeline = rows;
    return this.timeline !== null;
  }

  photos(): PhotoRow[] {
    return this.timeline ?? photos(this.desk.shown(4));
  }

  /** Writes down what the next start needs. */
  async keep(): Promise<void> {
    const { account, outbox } = this;
    const now = this.stamp();
    if (outbox.count > 0 || this.brief || this.kept === now) return;
    const brief = { size: account.size, counts: new Map(KINDS.map((kind) => [kind, this.counts(kind)])), conversations: this.conversations() };
    const timeline = await sealRow(this.key, TIMELINE, utf8(JSON.stringify([account.size, this.photos()])));
    const sealed = await sealRow(this.key, NAME, writeBrief(brief));
    // What was turned off meanwhile must not be written again.
    if (this.stamp() !== now) return;
    await this.store.setAll({ timeline, brief: sealed });
    this.kept = now;
  }

  counts(kind: Kind): KindCounts {
    const known = this.brief?.counts.get(kind);
    if (known) return known;
    const { library } = this.account;
    const all = this.outbox.count === 0 ? library.count(kind) : this.outbox.overlaid(kind, library.entries(kind)).length;
    return countsOf(kind, this.desk.shown(kind), all);
  }

  conversations(): ConversationRow[] {
    return this.brief?.conversations ?? conversations(this.desk.shown(3), this.desk.shown(1));
  }
}

/** Calls that need none of the records, or only those of some kinds. All others wait for everything. */
const NEEDS: Readonly<Record<string, readonly Kind[]>> = {
  photos: [4],
  photoBin: [4],
  thumb: [4],
  contacts: [1],
  people: [1],
  greetings: [],
  contact: [1],
  notes: [2],
  note: [2],
  messages: [3],
  ...Object.fromEntries(
    [
      'devices',
      'ledger',
      'ledgerText',
      'usage',
      'wake',
      'waiting',
      'serverInfo',
      'checkWords',
      'completeWord',
      'newWords',
      'answerAlarm',
      'alarmEvidence',
    ].map((name) => [name, []]),
  ),
  search: [],
  signOut: [],
  turnOff: [],
};
/** Those that a brief answers. */
const BRIEF = ['overview', 'conversations'];

/** Kinds that a call waits for; null: all that there is. */
function needsOf(method: string, args: readonly unknown[], hasBrief: boolean): readonly Kind[] | null {
  if (hasBrief && BRIEF.includes(method)) return [];
  if (method === 'file' || method === 'fileAt') return isKind(args[0]) ? [args[0]] : [];
  return Object.hasOwn(NEEDS, method) ? NEEDS[method]! : null;
}
