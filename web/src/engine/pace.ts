/** How quickly a count goes up: over the last seconds, so that a slow beginning is forgotten. */
import type { Progress } from './account-options';

const OVER_MS = 10_000;

export class Pace {
  private total = -1;
  private seen: { at: number; done: number }[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** The count with what is done a second; 0: not known yet. Another total is another count. */
  of({ done, total }: Progress): Progress & { rate: number } {
    const at = this.now();
    const last = this.seen.at(-1);
    if (total !== this.total || (last && done < last.done)) this.seen = [];
    this.total = total;
    this.seen.push({ at, done });
    while (this.seen.length > 2 && at - this.seen[1]!.at > OVER_MS) this.seen.shift();
    const first = this.seen[0]!;
    return { done, total, rate: at > first.at ? ((done - first.done) * 1000) / (at - first.at) : 0 };
  }
}
