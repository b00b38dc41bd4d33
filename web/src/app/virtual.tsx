/** A list of which only what is seen is in the page: rows of known heights, however many. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Pixels drawn beyond both edges. */
const OVERSCAN = 600;

export interface Row {
  readonly key: string;
  readonly height: number;
  readonly draw: () => ComponentChildren;
}

/** The first row that ends below a position. */
function firstAt(ends: number[], position: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function Virtual({
  rows,
  label,
  fromEnd = false,
  onWidth,
  beside,
}: {
  rows: Row[];
  label: string;
  fromEnd?: boolean;
  onWidth?: (width: number) => void;
  /** Drawn over the list, told where it stands. */
  beside?: (at: { top: number; height: number; total: number; to: (top: number) => void; ends: number[] }) => ComponentChildren;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, see] = useState({ top: 0, height: 800 });
  const ends: number[] = [];
  let total = 0;
  for (const row of rows) {
    total += row.height;
    ends.push(total);
  }

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      see({ top: element.scrollTop, height: element.clientHeight });
      onWidth?.(element.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  // A conversation begins at its end, and stays there when something is added.
  useEffect(() => {
    if (fromEnd && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [fromEnd, rows.length]);

  const from = firstAt(ends, seen.top - OVERSCAN);
  const to = Math.min(rows.length, firstAt(ends, seen.top + seen.height + OVERSCAN) + 1);
  const scrollTo = (top: number) => {
    if (box.current) box.current.scrollTop = top;
  };
  const list = (
    <section class="virtual" ref={box} aria-label={label}>
      <div class="virtual-all" style={{ blockSize: `${total}px` }}>
        {rows.slice(from, to).map((row, i) => (
          <div key={row.key} class="virtual-row" style={{ insetBlockStart: `${ends[from + i]! - row.height}px`, blockSize: `${row.height}px` }}>
            {row.draw()}
          </div>
        ))}
      </div>
    </section>
  );
  if (!beside) return list;
  return (
    <div class="virtual-beside">
      {list}
      {beside({ top: seen.top, height: seen.height, total, to: scrollTo, ends })}
    </div>
  );
}
