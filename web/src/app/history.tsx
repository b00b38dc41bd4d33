/** Every version of one thing, what changed in it, and a way back. Nothing is taken out of the history: an earlier version comes back as a new one. */
import { useEffect, useState } from 'preact/hooks';
import type { VersionRow } from '../engine/engine';
import { diff } from '../formats/text-merge';
import type { Kind } from '../protocol/ids';
import { dayTime, t } from './i18n';
import { Button, Sheet } from './kit';
import { engine, tried, useEngine } from './session';
import { sayDone } from './waiting';

/** A line with megabytes in it, a picture, says nothing to a person. */
const LONGEST = 400;

interface Changed {
  readonly how: 'same' | 'gone' | 'new';
  readonly line: string;
}

export function HistorySheet({ kind, record, onClose }: { kind: Kind; record: string; onClose: () => void }) {
  const rows = useEngine(() => engine.history(kind, record), [record]);
  const [shown, show] = useState(0);
  if (!rows) return null;
  const row = rows[shown];
  return (
    <Sheet title={t('history.title')} onClose={onClose} wide>
      <p class="hint">{t('history.text')}</p>
      <ol class="versions">
        {rows.map((r, i) => (
          <li key={r.place.join('.')}>
            <button type="button" class="row" aria-current={i === shown ? 'true' : undefined} onClick={() => show(i)}>
              <span class="row-text">
                <strong>{dayTime(r.time)}</strong>
                <small>{[r.device || t('devices.nameless'), note(r)].filter(Boolean).join(' · ')}</small>
              </span>
            </button>
          </li>
        ))}
      </ol>
      {row && <Version key={shown} kind={kind} record={record} row={row} before={rows.slice(shown + 1).find((r) => !r.removed)} />}
      {row && !row.isHead && !row.removed && (
        <div class="actions">
          <Button
            look="main"
            onClick={async () => {
              await tried(async () => {
                await engine.putBack(kind, [{ record, place: row.place }]);
                await sayDone(t('history.back'));
              });
              onClose();
            }}
          >
            {t('history.bringBack')}
          </Button>
        </div>
      )}
    </Sheet>
  );
}

const note = (r: VersionRow): string => [r.waits ? t('history.waits') : '', state(r)].filter(Boolean).join(', ');
const state = (r: VersionRow): string => (r.removed ? t('history.removed') : r.joins ? t('history.joins') : r.isHead ? t('history.now') : '');

function Version({ kind, record, row, before }: { kind: Kind; record: string; row: VersionRow; before: VersionRow | undefined }) {
  const [lines, set] = useState<Changed[] | null>(null);
  useEffect(() => {
    let gone = false;
    void tried(async () => {
      const [old, now] = await Promise.all([
        before ? engine.versionText(kind, record, before.place) : '',
        row.removed ? null : engine.versionText(kind, record, row.place),
      ]);
      if (!gone) set(now === null ? null : compared(old ?? '', now));
    });
    return () => {
      gone = true;
    };
  }, []);
  if (!lines) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by the keys (WCAG 2.1.1).
    <pre class="diff" tabIndex={0}>
      {lines.map((l, i) => (
        <span key={i} class={`diff-${l.how}`}>
          <b>
            <span aria-hidden="true">{l.how === 'new' ? '+' : l.how === 'gone' ? '−' : ' '}</span>
            {l.how !== 'same' && <span class="visually-hidden">{l.how === 'new' ? t('history.added') : t('history.gone')}</span>}
          </b>
          {`${l.line}\n`}
        </span>
      ))}
    </pre>
  );
}

export function compared(old: string, now: string): Changed[] {
  const cut = (text: string) =>
    text
      .replace(/\r?\n[ \t](?=\S)/g, '')
      .split(/\r\n|\r|\n/)
      .map((l) => (l.length > LONGEST ? `${l.slice(0, LONGEST)}…` : l));
  const [from, to] = [cut(old), cut(now)];
  const out: Changed[] = [];
  let at = 0;
  for (const edit of diff(from, to)) {
    for (const line of from.slice(at, edit.from)) out.push({ how: 'same', line });
    for (const line of from.slice(edit.from, edit.to)) out.push({ how: 'gone', line });
    for (const line of to.slice(edit.start, edit.end)) out.push({ how: 'new', line });
    at = edit.to;
  }
  for (const line of from.slice(at)) out.push({ how: 'same', line });
  return out;
}
