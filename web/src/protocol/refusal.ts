/** What is wrong with bytes from outside, by the spec's own name for it. A value, not an exception: nobody forgets to look at it, because the type asks. */
export class Refusal {
  /** The name that the vectors use, for example `bad-padding`. */
  readonly error: string;
  /** A number that belongs to it, where the page says so (the word of a phrase, the line of a ledger). */
  readonly at: number | undefined;

  constructor(error: string, at?: number) {
    this.error = error;
    this.at = at;
  }
}

/** Thrown inside a reader to leave it at once; `total` and `totally` turn it into its answer. It never leaves this folder. */
class Stop {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}

/** Leaves the reader that runs inside `total` with this answer. */
export function refuse(error: string, at?: number): never {
  throw new Stop(new Refusal(error, at));
}

/** The value, or out of the reader with the refusal that it is. */
export function must<T>(value: T | Refusal): T {
  if (value instanceof Refusal) throw new Stop(value);
  return value;
}

export function total<T>(read: () => T): T | Refusal {
  try {
    return read();
  } catch (e) {
    if (e instanceof Stop) return e.refusal;
    throw e;
  }
}

export async function totally<T>(read: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await read();
  } catch (e) {
    if (e instanceof Stop) return e.refusal;
    throw e;
  }
}

export const isRefused = (value: unknown): value is Refusal => value instanceof Refusal;
