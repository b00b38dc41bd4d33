/** A strip beside the timeline: drag it to a year, or walk it with the arrow keys. */
import { useRef, useState } from 'preact/hooks';
import { t } from './i18n';

export interface Mark {
  /** Pixels from the top of the list. */
  readonly at: number;
  readonly label: string;
  /** Shown beside the strip: a year. */
  readonly tick: string;
}

const MIN_GAP = 22;

export function Scrubber({
  marks,
  top,
  height,
  total,
  to,
}: {
  marks: Mark[];
  top: number;
  height: number;
  total: number;
  to: (top: number) => void;
}) {
  const strip = useRef<HTMLDivElement>(null);
  const [held, hold] = useState(false);
  const most = Math.max(1, total - height);
  const here = Math.min(1, top / most);
  const current = [...marks].reverse().find((m) => m.at <= top + 8) ?? marks[0];
  if (total < height * 2 || !current) return null;
  const drag = (y: number) => {
    const box = strip.current!.getBoundingClientRect();
    to(Math.max(0, Math.min(1, (y - box.top) / box.height)) * most);
  };
  let last = Number.NEGATIVE_INFINITY;
  const ticks = marks.filter((m) => {
    const y = (m.at / most) * height;
    if (m.tick === '' || y - last < MIN_GAP || y > height) return false;
    last = y;
    return true;
  });
  const key = (e: KeyboardEvent) => {
    const at = marks.indexOf(current);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -marks.length, End: marks.length }[e.key];
    if (step === undefined) return;
    e.preventDefault();
    to(marks[Math.max(0, Math.min(marks.length - 1, at + step))]!.at);
  };
  return (
    <div
      ref={strip}
      class={held ? 'scrubber held' : 'scrubber'}
      role="slider"
      tabIndex={0}
      aria-label={t('photos.scrub')}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(here * 100)}
      aria-valuetext={current.label}
      onKeyDown={key}
      onPointerDown={(e) => {
        e.currentTarget.setPointerCapture(e.pointerId);
        hold(true);
        drag(e.clientY);
      }}
      onPointerMove={(e) => held && drag(e.clientY)}
      onPointerUp={() => hold(false)}
      onPointerCancel={() => hold(false)}
    >
      {ticks.map((m) => (
        <span key={m.at} class="scrubber-tick" style={{ insetBlockStart: `${Math.min(100, (m.at / most) * 100)}%` }}>
          {m.tick}
        </span>
      ))}
      <span class="scrubber-thumb" style={{ insetBlockStart: `calc(20px + (100% - 40px) * ${here.toFixed(4)})` }}>
        <span class="scrubber-label">{current.label}</span>
      </span>
    </div>
  );
}
