/**
 * The only door out of the app. Before a byte of a request leaves, the ledger has its line; what no consent allows does not leave. A test greps the code for every other way to
 * reach a network. Cookies, caches, redirects and referrers are off: a request carries what this file puts on it, and what a browser adds to every request (spec/ledger.md, rule 4).
 */
import { type Bytes, hex } from '../protocol/bytes';
import { sha256Large } from '../protocol/hash';
import { KIND_NAMES, type Kind } from '../protocol/ids';
import type { Purpose } from '../protocol/ledger';
import type { LedgerBook } from './ledger-book';
import { ServerRefused } from './problems';

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query. */
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body?: Bytes;
  readonly purpose: Purpose;
  /** Of the vault whose bytes are in the body. */
  readonly kind?: Kind;
  /** Index in the account log of the consent that allows it. */
  readonly consent?: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Pieces as they arrive. Read to the end or cancelled: only then has the ledger its second line. */
  readonly body: ReadableStreamDefaultReader<Bytes>;
}

/** Another wire under the gate, for tests. */
export type Wire = (url: string, init: RequestInit) => Promise<Response>;

/** `globalThis.fetch`, bound at the one place where it is named. */
const network: Wire = (url, init) => fetch(url, init);

export class Gate {
  constructor(
    private readonly origin: string,
    private readonly ledger: LedgerBook,
    private readonly wire: Wire = network,
  ) {}

  get authority(): string {
    return new URL(this.origin).host;
  }

  async send(request: Request): Promise<Answer> {
    const { body, kind } = request;
    if (kind !== undefined && (request.consent ?? -1) < 0) throw new Error(`no consent for ${KIND_NAMES[kind]}: nothing of it leaves this browser`);
    const id = await this.ledger.out({
      host: this.authority,
      purpose: request.purpose,
      kind: kind === undefined ? 'none' : KIND_NAMES[kind],
      consent: kind === undefined ? -1 : request.consent!,
      method: request.method,
      target: request.target,
      head: this.headLength(request),
      body: body?.length ?? 0,
      sha256: hex(await sha256Large(body ?? new Uint8Array(0))),
    });
    let response: Response;
    try {
      response = await this.wire(this.origin + request.target, {
        method: request.method,
        headers: request.headers,
        body: body ?? null,
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        mode: 'same-origin',
        ...(request.signal ? { signal: request.signal } : {}),
      });
    } catch (e) {
      await this.ledger.back({ ev: 'cut', id, status: 0, body: 0 });
      if (request.signal?.aborted) throw e;
      throw new ServerRefused('unreachable', 0);
    }
    return { status: response.status, headers: response.headers, body: this.counted(response, id).getReader() };
  }

  /** The answer's pieces; the ledger gets its `in` line at the end, or `cut` where it broke off or was let go. */
  private counted(response: Response, id: number): ReadableStream<Bytes> {
    const source = response.body?.getReader() as ReadableStreamDefaultReader<Bytes> | undefined;
    let read = 0;
    const end = (ev: 'in' | 'cut') => this.ledger.back({ ev, id, status: response.status, body: read });
    return new ReadableStream<Bytes>({
      async pull(controller) {
        try {
          const { done, value } = source ? await source.read() : { done: true, value: undefined };
          if (!done && value) {
            read += value.length;
            controller.enqueue(value);
            return;
          }
          await end('in');
          controller.close();
        } catch {
          await end('cut');
          controller.error(new ServerRefused('unreachable', 0));
        }
      },
      async cancel(reason) {
        await end('cut');
        await source?.cancel(reason).catch(() => {});
      },
    });
  }

  /** Request line, Host and the headers that we put on, with the blank line, as HTTP/1.1 writes them. */
  private headLength(request: Request): number {
    let length = `${request.method} ${request.target} HTTP/1.1\r\nHost: ${this.authority}\r\n\r\n`.length;
    for (const [name, value] of Object.entries(request.headers)) length += name.length + value.length + 4;
    if (request.body) length += `Content-Length: ${request.body.length}\r\n`.length;
    return length;
  }
}

/** All of an answer, if it is not longer than asked for. */
export async function readAll(answer: Answer, max: number): Promise<Bytes> {
  const parts: Bytes[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await answer.body.read();
    if (done) break;
    length += value.length;
    if (length > max) {
      await answer.body.cancel();
      throw new ServerRefused('too-much', answer.status);
    }
    parts.push(value);
  }
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
