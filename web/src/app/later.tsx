/** A part of the page that is fetched when it is asked for; until then nothing stands there. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { tried } from './session';

export function Later<T>({ load, children }: { load: () => Promise<T>; children: (part: T) => ComponentChildren }) {
  const [part, set] = useState<{ of: T } | null>(null);
  useEffect(() => {
    let gone = false;
    void tried(async () => {
      const of = await load();
      if (!gone) set({ of });
    });
    return () => {
      gone = true;
    };
  }, []);
  return part && <>{children(part.of)}</>;
}
