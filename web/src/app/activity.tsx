/** The ledger: what left this browser, when, why, how much, and under which consent. */
import { useMemo } from 'preact/hooks';
import type { LedgerLine, OutLine } from '../protocol/ledger';
import { bytes, day, number, t, time } from './i18n';
import { Button } from './kit';
import { download } from './media';
import { engine, notice, tried, useEngine } from './session';

const SHOWN = 400;
const DAYS = 14;
const DAY_MS = 24 * 3600 * 1000;

interface Sent extends OutLine {
  readonly status: number;
  readonly got: number;
  readonly cut: boolean;
}

function parse(lines: string[]): Sent[] {
  const back = new Map<number, LedgerLine>();
  const sent: Sent[] = [];
  for (const text of lines) {
    let line: LedgerLine;
    try {
      line = JSON.parse(text) as LedgerLine;
    } catch {
      continue;
    }
    if (line.ev !== 'out') back.set(line.id, line);
    else {
      const answer = back.get(line.id);
      const known = answer && answer.ev !== 'out' ? answer : undefined;
      sent.push({ ...line, status: known?.status ?? 0, got: known?.body ?? 0, cut: known?.ev === 'cut' });
    }
  }
  return sent;
}

export function Activity() {
  const lines = useEngine(() => engine.ledger(Number.MAX_SAFE_INTEGER, 2 * SHOWN), [notice.value.verifiedAt]);
  const sent = useMemo(() => parse(lines ?? []), [lines]);
  if (!lines) return null;
  const out = sent.reduce((sum, s) => sum + s.body, 0);
  const withKind = sent.filter((s) => s.kind !== 'none').length;
  const hosts = new Set(sent.map((s) => s.host));
  const save = () => tried(async () => download('candor-ledger.jsonl', 'application/jsonl', await engine.ledgerText()));
  return (
    <div class="page">
      <header class="view-head">
        <h1>{t('nav.activity')}</h1>
        <Button icon="download" onClick={save}>
          {t('activity.save')}
        </Button>
      </header>
      <p class="lead">{t('activity.text')}</p>
      <dl class="figures">
        <Figure name={t('activity.requests')} value={number(sent.length)} />
        <Figure name={t('activity.sent')} value={bytes(out)} />
        <Figure name={t('activity.withKind')} value={number(withKind)} />
        <Figure name={t('activity.hosts')} value={[...hosts].join(', ') || '–'} />
      </dl>
      <Plot sent={sent} />
      <ol class="ledger">
        {sent.slice(0, SHOWN).map((s, i) => (
          <li key={s.seq}>
            {(i === 0 || s.t.slice(0, 10) !== sent[i - 1]!.t.slice(0, 10)) && <h2>{day(Date.parse(s.t))}</h2>}
            <div class="ledger-line">
              <time>{time(Date.parse(s.t))}</time>
              <span class="ledger-what">
                <strong>{what(s)}</strong>
                <small dir="ltr">
                  {s.method} {shortTarget(s.target)}
                </small>
              </span>
              <span class="ledger-kind">{s.kind === 'none' ? '' : <span class="chip">{t(`nav.${s.kind as 'photos'}`)}</span>}</span>
              <span class="ledger-bytes">
                {bytes(s.body)}
                <small class={s.status >= 400 || (s.cut && s.status === 0) ? 'bad' : ''}>{answer(s)}</small>
              </span>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** What a request was for, in a person's words: its purpose, and for the account's own what it asked. */
function what(s: Sent): string {
  const writes = s.method === 'POST' || s.method === 'PUT';
  if (s.purpose === 'blob') return t(s.method === 'PUT' ? 'activity.sentFile' : writes ? 'activity.askedFiles' : 'activity.gotFile');
  if (s.purpose !== 'sync') return t(`activity.purpose.${s.purpose}`);
  if (s.target.endsWith('/commits')) return t('activity.commits');
  if (s.target.endsWith('/events')) return t('activity.events');
  if (s.target.includes('/log?')) return t('activity.log');
  if (s.target.includes('/vaults/')) return t('activity.vaults');
  return t(`activity.purpose.${s.purpose}`);
}

function answer(s: Sent): string {
  if (s.status > 0) return s.cut ? t('activity.ended') : bytes(s.got);
  return s.cut ? t('activity.none') : t('activity.open');
}

const shortTarget = (target: string): string => target.replace(/[0-9a-f]{32,64}/g, (id) => `${id.slice(0, 6)}…`);

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Bytes sent by day, as bars; the table for those who do not see them is the list below. */
function Plot({ sent }: { sent: Sent[] }) {
  const today = Math.floor(Date.now() / DAY_MS);
  const sums = new Array<number>(DAYS).fill(0);
  for (const s of sent) {
    const i = DAYS - 1 - (today - Math.floor(Date.parse(s.t) / DAY_MS));
    if (i >= 0 && i < DAYS) sums[i]! += s.body;
  }
  const most = Math.max(...sums, 1);
  return (
    <svg class="plot" viewBox={`0 0 ${DAYS * 20} 60`} role="img" aria-label={t('activity.plot', { days: DAYS })} preserveAspectRatio="none">
      {sums.map((sum, i) => {
        const height = sum === 0 ? 1 : Math.max(3, (sum / most) * 56);
        return <rect key={i} x={i * 20 + 3} y={60 - height} width="14" height={height} rx="2" class={sum === 0 ? 'none' : ''} />;
      })}
    </svg>
  );
}
