/** Leaving: everything as files of the usual kinds, in one zip that is written piece by piece; then, if wanted, the erasure. Loaded when it is asked for. */
import { useRef, useState } from 'preact/hooks';
import type { ExportRow } from '../engine/engine';
import { XML_FOOT, xmlHead } from '../formats/message-file';
import { ZipWriter } from '../formats/zip';
import { KIND_NAMES, type Kind } from '../protocol/ids';
import { fileParts, firstPart } from './file-parts';
import { bytes, dayTime, number, t } from './i18n';
import { Icon } from './icons';
import { useOverview } from './kind-off';
import { Button, Confirm } from './kit';
import { type Target, target } from './save-target';
import { engine, problemText, say, tried, useEngine } from './session';

const DESTINATIONS = ['plain', 'google', 'icloud', 'nextcloud'] as const;
type Destination = (typeof DESTINATIONS)[number];

type Bytes = Uint8Array<ArrayBuffer>;
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

const DAY_MS = 24 * 3600 * 1000;
const BOOK = 'contacts/contacts.vcf';
const BACKUP = 'messages/messages.xml';
const CARDS_AT_ONCE = 200;
const MESSAGES_AT_ONCE = 50;

interface Progress {
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
}

export function Leave() {
  const overview = useOverview();
  const [to, choose] = useState<Destination>('plain');
  const [kinds, setKinds] = useState<Kind[] | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [missed, setMissed] = useState<string[]>([]);
  const [erasing, erase] = useState<Kind | null>(null);
  const waiting = useEngine(() => engine.erasures());
  const gone = useEngine(() => engine.erased());
  const stop = useRef(false);
  if (!overview) return null;
  const on = overview.kinds.filter((k) => k.on);
  const chosen = kinds ?? on.map((k) => k.kind);
  const run = () =>
    tried(async () => {
      const name = `candor-${to}-${new Date().toISOString().slice(0, 10)}.zip`;
      const out = await target(name, 'application/zip');
      if (!out) return;
      stop.current = false;
      try {
        const failed = await exportAll(out, chosen, to, setProgress, () => stop.current);
        setMissed(failed);
        await out.close();
        say(failed.length === 0 ? t('leave.done') : t('leave.doneBut', { count: failed.length }));
      } catch (e) {
        await out.abort().catch(() => {});
        if (!(e instanceof Stopped)) throw e;
      } finally {
        setProgress(null);
      }
    });
  return (
    <div class="page">
      <header class="view-head">
        <h1>{t('nav.leave')}</h1>
      </header>
      <p class="lead">{t('leave.text')}</p>
      <fieldset class="choice">
        <legend>{t('leave.kinds')}</legend>
        {on.map((k) => (
          <label key={k.kind}>
            <input
              type="checkbox"
              checked={chosen.includes(k.kind)}
              disabled={progress !== null}
              onChange={() => setKinds(chosen.includes(k.kind) ? chosen.filter((c) => c !== k.kind) : [...chosen, k.kind].sort())}
            />
            <span>{`${t(`nav.${KIND_NAMES[k.kind]}`)} · ${number(k.count)}`}</span>
          </label>
        ))}
      </fieldset>
      {on.length < overview.kinds.length && <p class="hint">{t('leave.offKinds')}</p>}
      <fieldset class="choice">
        <legend>{t('leave.to')}</legend>
        {DESTINATIONS.map((d) => (
          <label key={d}>
            <input type="radio" name="destination" checked={to === d} disabled={progress !== null} onChange={() => choose(d)} />
            <span>
              <strong>{t(`leave.to.${d}`)}</strong>
              <br />
              <small>{t(`leave.to.${d}.text`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <p class="notice">{t('leave.unsealed')}</p>
      {progress ? (
        <div class="card">
          <p aria-live="polite">{`${t('sync.of', { done: progress.done, total: progress.total })} ${bytes(progress.bytes)}`}</p>
          <progress aria-label={t('leave.yes')} max={progress.total} value={progress.done} />
          <div class="actions">
            <Button
              onClick={() => {
                stop.current = true;
              }}
            >
              {t('cancel')}
            </Button>
          </div>
        </div>
      ) : (
        <div class="actions start">
          <Button look="main" icon="download" onClick={run} disabled={chosen.length === 0}>
            {t('leave.yes')}
          </Button>
        </div>
      )}
      {missed.length > 0 && (
        <details class="card">
          <summary>{t('leave.missed', { count: missed.length })}</summary>
          <ul>
            {missed.slice(0, 100).map((m) => (
              <li key={m}>{m}</li>
            ))}
          </ul>
        </details>
      )}
      <h2 class="section">{t('leave.erase')}</h2>
      <p class="lead">{t('leave.erase.text')}</p>
      <ul class="cards">
        {(waiting ?? []).map((w) => (
          <li key={w.kind} class="card line">
            <span class="badge small">
              <Icon name={KIND_NAMES[w.kind]} />
            </span>
            <div class="grow">
              <h3>{t(`nav.${KIND_NAMES[w.kind]}`)}</h3>
              <p>{t('leave.erase.waiting', { when: dayTime(w.at + DAY_MS) })}</p>
            </div>
          </li>
        ))}
        {(gone ?? []).map((g) => (
          <li key={`gone ${g.kind}`} class="card line">
            <span class="badge small">
              <Icon name="safety" />
            </span>
            <div class="grow">
              <h3>{t(`nav.${KIND_NAMES[g.kind]}`)}</h3>
              <p>{t('leave.erase.done', { when: dayTime(g.at) })}</p>
              <div class="actions start">
                <Button icon="download" onClick={() => tried(() => saveReceipt(g.kind))}>
                  {t('leave.erase.receipt')}
                </Button>
              </div>
            </div>
          </li>
        ))}
        {overview.kinds
          .filter((k) => k.on)
          .map((k) => (
            <li key={k.kind} class="card line">
              <span class="badge small">
                <Icon name={KIND_NAMES[k.kind]} />
              </span>
              <h3 class="grow">{t(`nav.${KIND_NAMES[k.kind]}`)}</h3>
              <Button look="danger" onClick={() => erase(k.kind)}>
                {t('leave.erase.begin')}
              </Button>
            </li>
          ))}
      </ul>
      {erasing && (
        <Confirm
          title={t('leave.erase.title', { kind: t(`nav.${KIND_NAMES[erasing]}`) })}
          text={t('leave.erase.confirm')}
          yes={t('leave.erase.announce')}
          onClose={() => erase(null)}
          onYes={() =>
            tried(async () => {
              await engine.announceErase(erasing);
              say(t('leave.erase.announced'));
            })
          }
        />
      )}
    </div>
  );
}

/** Two files, as the program writes them: what stands in the log, and the proof of it that anyone can check without a server. */
async function saveReceipt(kind: Kind): Promise<void> {
  const { name, entry, proof } = await engine.receipt(kind);
  const out = await target(`candor-${name}.zip`, 'application/zip');
  if (!out) return;
  const zip = new ZipWriter((b) => out.write(b));
  await zip.add(`${name}.entry`, null, [entry]);
  await zip.add(`${name}.tlog-proof`, null, [proof]);
  await zip.finish();
  await out.close();
}

class Stopped extends Error {}

type Told = (progress: Progress) => void;

/** @returns Names of what could not be read; all else is in the file. */
async function exportAll(out: Target, kinds: readonly Kind[], to: Destination, tell: Told, stopped: () => boolean): Promise<string[]> {
  let written = 0;
  const zip = new ZipWriter(async (b) => {
    if (stopped()) throw new Stopped();
    await out.write(b);
    written += b.length;
  });
  const rows = new Map<Kind, ExportRow[]>();
  for (const kind of kinds) rows.set(kind, await engine.exportRows(kind));
  const total = [...rows.values()].reduce((sum, r) => sum + r.length, 0);
  const step = (n: number) => {
    run.done += n;
    tell({ done: run.done, total, bytes: written });
  };
  const run: Run = { zip, to, missed: [], done: 0, step };
  for (const [kind, list] of rows) {
    if (kind === 1) await contacts(run, list);
    else if (kind === 3) await messages(run);
    else for (const row of list) await files(run, kind, row);
  }
  await zip.finish();
  return run.missed;
}

interface Run {
  readonly zip: ZipWriter;
  readonly to: Destination;
  readonly missed: string[];
  done: number;
  readonly step: (n: number) => void;
}

/** One address book: as it came, or in the version that the other side reads. Plain ones also each by itself. */
async function contacts(run: Run, rows: ExportRow[]): Promise<void> {
  const in30 = run.to === 'google' || run.to === 'icloud';
  const book: Bytes[] = [];
  for (let i = 0; i < rows.length; i += CARDS_AT_ONCE) {
    const some = rows.slice(i, i + CARDS_AT_ONCE);
    book.push(
      utf8(
        await engine.cards(
          some.map((r) => r.record),
          in30,
        ),
      ),
    );
    run.step(some.length);
  }
  await run.zip.add(BOOK, null, book);
}

async function messages(run: Run): Promise<void> {
  const records = await engine.messageRecords(null);
  async function* lines(): AsyncGenerator<Bytes> {
    yield utf8(xmlHead(records.length));
    for (let i = 0; i < records.length; i += MESSAGES_AT_ONCE) {
      const some = records.slice(i, i + MESSAGES_AT_ONCE);
      yield utf8(await engine.messageXml(some));
      run.step(some.length);
    }
    yield utf8(XML_FOOT);
  }
  await run.zip.add(BACKUP, null, lines());
}

const FOLDERS: Record<Destination, Record<2 | 4, string>> = {
  plain: { 2: 'notes', 4: 'photos' },
  google: { 2: 'notes', 4: 'photos' },
  icloud: { 2: 'notes', 4: 'photos' },
  nextcloud: { 2: 'Notes', 4: 'Photos' },
};

/** A note and what belongs to it, or a photo. A file is read before its entry begins only where it fits in one piece: so a failure leaves no half of a small one. */
async function files(run: Run, kind: 2 | 4, row: ExportRow): Promise<void> {
  const folder = FOLDERS[run.to][kind];
  try {
    if (kind === 2) await run.zip.add([folder, row.name].join('/'), row.time, [await engine.original(2, row.record)]);
    for (const file of row.files) {
      const first = await firstPart(kind, row.record, file.index);
      await run.zip.add(
        [folder, kind === 2 ? file.name : row.name || file.name].join('/'),
        row.time,
        fileParts(kind, row.record, file.index, file.size, first),
      );
    }
  } catch (e) {
    if (e instanceof Stopped) throw e;
    run.missed.push(`${row.name}: ${problemText(e)}`);
  }
  run.step(1);
}
