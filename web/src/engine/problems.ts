/** What can go wrong that a person is told of. Names are stable: the translation files have a sentence for each. */

/** The server refused (spec/http-api.md §2), or did not answer (`unreachable`). */
export class ServerRefused extends Error {
  override readonly name = 'ServerRefused';
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail = '',
    readonly retryAfter = 0,
    readonly members: Record<string, unknown> = {},
  ) {
    super(`${code}${detail ? `: ${detail}` : ''}`);
  }
}

export type AlarmKind = 'rollback' | 'fork' | 'bad-commit' | 'bad-checkpoint' | 'bad-payload' | 'equivocation';

/** What a server or device did that no honest one does. It stands until a person answers it. */
export class Alarm extends Error {
  override readonly name = 'Alarm';
  constructor(
    readonly kind: AlarmKind,
    readonly detail: string,
    /** What a third party can check: checkpoints and leaves as they came, in hex or text. */
    readonly evidence: Record<string, string> = {},
  ) {
    super(`${kind}: ${detail}`);
  }
}

/** Something here, not there: a wrong phrase, a pairing that was stopped, a store that is held by another tab. */
export class DeviceProblem extends Error {
  override readonly name = 'DeviceProblem';
  constructor(
    readonly code: string,
    readonly detail = '',
  ) {
    super(`${code}${detail ? `: ${detail}` : ''}`);
  }
}
