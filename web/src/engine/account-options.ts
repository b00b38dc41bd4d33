/** What an account is opened with, and what is asked of it. */
import type { Bytes } from '../protocol/bytes';
import type { Place } from '../protocol/commit';
import type { Id } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import type { VerifierKey } from '../protocol/note';
import type { Content } from '../protocol/record';
import type { ServerApi } from './server-api';
import type { Store } from './store';

/** One change of a record: new content, or null for a removal. */
export interface Change {
  readonly record: Id;
  readonly parents: Place[];
  readonly content: Content | null;
  /** Chosen before, where files were sealed for it; else made here. */
  readonly revision?: Id;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface AccountOptions {
  readonly store: Store;
  readonly api: ServerApi;
  readonly me: HolderSecret;
  readonly storeKey: CryptoKey;
  readonly serverKey: VerifierKey;
  readonly expected: { size: number; root: Bytes; approver: Id } | null;
  readonly now?: () => number;
  /** Called after anything changed. */
  readonly changed?: (progress: Progress | null) => void;
}
