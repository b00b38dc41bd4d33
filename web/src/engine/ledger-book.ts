/** This browser's ledger: one row a line, hash-chained; spec/ledger.md. A line is on stable storage before its request leaves. */
import { FIRST_PREV, type InLine, type LedgerLine, lineHash, lineText, type OutLine } from '../protocol/ledger';
import type { Store } from './store';

type WithoutChain<T> = Omit<T, 'seq' | 't' | 'prev'>;

export class LedgerBook {
  private queue: Promise<unknown> = Promise.resolve();
  private seq = 0;
  private prev = FIRST_PREV;
  private loaded = false;
  private closed = false;

  constructor(
    private readonly store: Store,
    private readonly now: () => number = Date.now,
    private readonly changed: () => void = () => {},
  ) {}

  /** Writes the line of a request and answers with its id. */
  out(line: Omit<WithoutChain<OutLine>, 'id' | 'ev'>): Promise<number> {
    if (this.closed) return Promise.reject(new Error('the ledger is closed: nothing leaves'));
    return this.append((seq, t, prev) => ({
      seq,
      t,
      ev: 'out',
      id: seq,
      host: line.host,
      purpose: line.purpose,
      kind: line.kind,
      consent: line.consent,
      method: line.method,
      target: line.target,
      head: line.head,
      body: line.body,
      sha256: line.sha256,
      prev,
    }));
  }

  /** Writes what became of a request. */
  back(line: WithoutChain<InLine>): Promise<number> {
    if (this.closed) return Promise.resolve(0);
    return this.append((seq, t, prev) => ({ seq, t, ev: line.ev, id: line.id, status: line.status, body: line.body, prev }));
  }

  /** Waits for lines that are being written. After it nothing leaves any more, and what comes back has nowhere to be written down. */
  async close(): Promise<void> {
    this.closed = true;
    await this.queue;
  }

  private append(make: (seq: number, t: string, prev: string) => LedgerLine): Promise<number> {
    const done = this.queue.then(async () => {
      if (!this.loaded) await this.load();
      const text = lineText(make(this.seq + 1, new Date(this.now()).toISOString(), this.prev));
      await this.store.appendLedger(this.seq + 1, text);
      this.seq++;
      this.prev = lineHash(text);
      this.changed();
      return this.seq;
    });
    this.queue = done.catch(() => {});
    return done;
  }

  private async load(): Promise<void> {
    const last = await this.store.lastLedger();
    if (last) {
      this.seq = last.seq;
      this.prev = lineHash(last.line);
    }
    this.loaded = true;
  }
}
