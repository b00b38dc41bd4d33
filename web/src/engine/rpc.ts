/** The wire between page and worker: calls with an answer, and notices. What the page may ask is exactly the methods of `Engine`. */

import type { Progress } from './account-options';
import type { Engine } from './engine';
import type { AlarmKind } from './problems';
import type { UploadState } from './uploads';

export type SyncState = 'idle' | 'working' | 'offline' | 'stopped';

export interface Notice {
  /** Counts up with everything that changed what lists show. */
  readonly version: number;
  readonly sync: SyncState;
  /** `rate`: so many a second; 0: not known. */
  readonly progress: (Progress & { rate: number }) | null;
  readonly alarm: { kind: AlarmKind; detail: string; at: number } | null;
  /** The last time that the server's head was verified; null: not since the page was opened. */
  readonly verifiedAt: number | null;
  /** The name of the problem that stopped the last sync, for example `holder-removed`; empty: none. */
  readonly problem: string;
  /** Changes that are kept here and not sent yet. */
  readonly waiting: number;
  /** Photos on their way in; null: none. */
  readonly uploads: UploadState | null;
}

export interface CallMessage {
  readonly id: number;
  readonly method: string;
  readonly args: unknown[];
}

export interface Failure {
  readonly name: string;
  readonly code: string;
  readonly detail: string;
}

export type WorkerMessage = { id: number; value: unknown } | { id: number; failure: Failure } | { notice: Notice };

type AsyncMethods<T> = { [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] };
/** The engine as the page sees it: every method answers by a promise. */
export type EngineClient = {
  [K in keyof AsyncMethods<Engine>]: Engine[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** A call that failed: its code has a sentence in the translation files. */
export class CallFailed extends Error {
  constructor(readonly failure: Failure) {
    super(`${failure.code} ${failure.detail}`);
  }
}

/** What of a worker is needed here, so that a test can stand in for one. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<WorkerMessage>) => void): void;
}

export function connect(port: Port, onNotice: (notice: Notice) => void): EngineClient {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (e: unknown) => void }>();
  let next = 1;
  port.addEventListener('message', ({ data }) => {
    if ('notice' in data) {
      onNotice(data.notice);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ('failure' in data) call?.reject(new CallFailed(data.failure));
    else call?.resolve(data.value);
  });
  const call = (method: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      port.postMessage({ id, method, args } satisfies CallMessage);
    });
  return new Proxy({} as EngineClient, {
    get: (_, method) => (typeof method === 'string' ? (...args: unknown[]) => call(method, args) : undefined),
  });
}
