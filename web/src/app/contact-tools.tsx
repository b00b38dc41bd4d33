/** What is done with many contacts at once: a file comes in, a file goes out, several become one. Loaded when it is asked for. */
import { signal } from '@preact/signals';
import { useRef, useState } from 'preact/hooks';
import type { Imported } from '../engine/engine';
import { cardsOf, type Picked } from '../formats/picked';
import { type Key, number, t } from './i18n';
import { Avatar, Button, Sheet } from './kit';
import { download } from './media';
import { engine, say, tried, useEngine } from './session';
import { sayDone } from './waiting';

/** Read as text in one piece; a phone's whole address book with pictures is less. */
const LARGEST = 256 << 20;

export function saidOf(done: Imported): string {
  const parts = [t('import.added', { added: done.added }), t('import.same', { same: done.same })];
  if (done.changed > 0) parts.push(t('import.changed', { changed: done.changed }));
  if (done.unread > 0) parts.push(t('import.unread', { unread: done.unread }));
  return parts.join(' ');
}

export function FileIn({ accept, label, take }: { accept: string; label: string; take: (text: string) => Promise<Imported> }) {
  const picker = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const read = async (files: FileList | null) => {
    setBusy(true);
    await tried(async () => {
      const sum = { added: 0, changed: 0, same: 0, unread: 0 };
      for (const file of files ?? []) {
        if (file.size > LARGEST) {
          say(t('problem.file-too-large'));
          continue;
        }
        const done = await take(await textOf(file));
        for (const key of ['added', 'changed', 'same', 'unread'] as const) sum[key] += done[key];
      }
      await sayDone(saidOf(sum));
    });
    setBusy(false);
  };
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept={accept}
        multiple
        hidden
        onChange={(e) => {
          const input = e.currentTarget;
          void read(input.files).then(() => {
            input.value = '';
          });
        }}
      />
      <Button icon="add" busy={busy} onClick={() => picker.current?.click()}>
        {label}
      </Button>
    </>
  );
}

/** The phone's own picker, where its browser has one (Chrome on Android): it shows the phone's list, and only what is ticked comes to the page. */
interface ContactPicker {
  getProperties(): Promise<string[]>;
  select(properties: string[], options: { multiple: boolean }): Promise<Picked[]>;
}

function FromPhone() {
  const picker = (navigator as { contacts?: ContactPicker }).contacts;
  if (!picker) return null;
  const pick = () =>
    tried(async () => {
      const there = await picker.getProperties();
      const picked = await picker.select(
        ['name', 'tel', 'email', 'address'].filter((p) => there.includes(p)),
        { multiple: true },
      );
      if (picked.length > 0) await sayDone(saidOf(await engine.importCards(cardsOf(picked))));
    });
  return (
    <Button icon="contacts" onClick={pick}>
      {t('contacts.pick')}
    </Button>
  );
}

/** UTF-8, or UTF-16 where its mark says so. */
export async function textOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  return new TextDecoder(utf16 ?? 'utf-8').decode(bytes);
}

export function ContactTools({ shown, onClose }: { shown: string[]; onClose: () => void }) {
  const contacts = useEngine(() => engine.contacts());
  const duplicates = useEngine(() => engine.duplicates());
  if (!contacts || !duplicates) return null;
  const save = (records: string[], in30: boolean) =>
    tried(async () => {
      download(in30 ? 'contacts-3.0.vcf' : 'contacts.vcf', 'text/vcard', await engine.cards(records, in30));
    });
  const all = contacts.map((c) => c.record);
  return (
    <Sheet title={t('contacts.tools')} onClose={onClose} wide>
      <section class="tool">
        <h3>{t('contacts.import')}</h3>
        <p>{t('contacts.import.text')}</p>
        <div class="actions start">
          <FileIn accept=".vcf,.vcard,text/vcard,text/x-vcard" label={t('import.choose')} take={(text) => engine.importCards(text)} />
          <FromPhone />
        </div>
      </section>
      <section class="tool">
        <h3>{t('contacts.export')}</h3>
        <p>{t('contacts.export.text')}</p>
        <div class="actions start">
          <Button icon="download" onClick={() => save(all, false)}>
            {t('contacts.export.all', { count: all.length })}
          </Button>
          {shown.length < all.length && (
            <Button icon="download" onClick={() => save(shown, false)}>
              {t('contacts.export.shown', { count: shown.length })}
            </Button>
          )}
          <Button look="quiet" icon="download" onClick={() => save(shown, true)}>
            {t('contacts.export.30')}
          </Button>
        </div>
      </section>
      <section class="tool">
        <h3>{t('contacts.join')}</h3>
        <p>{duplicates.length === 0 ? t('contacts.join.none') : t('contacts.join.text')}</p>
        {duplicates.slice(0, 50).map((d) => (
          <Same key={d.records.join()} why={d.why} people={contacts.filter((c) => d.records.includes(c.record))} />
        ))}
      </section>
      <Undo />
    </Sheet>
  );
}

type Row = NonNullable<Awaited<ReturnType<typeof engine.contacts>>>[number];
/** The last joining can be undone for as long as the page stands. */
const canUndo = signal(false);

function Undo() {
  if (!canUndo.value) return null;
  return (
    <div class="actions">
      <Button
        onClick={() =>
          tried(async () => {
            await engine.undoJoin();
            canUndo.value = false;
            await sayDone(t('contacts.join.undone'));
          })
        }
      >
        {t('contacts.join.undo')}
      </Button>
    </div>
  );
}

function Same({ why, people }: { why: 'tel' | 'email' | 'name'; people: Row[] }) {
  const [keep, choose] = useState(people[0]?.record ?? '');
  const [out, leaveOut] = useState<string[]>([]);
  const joined = [keep, ...people.map((p) => p.record).filter((r) => r !== keep && !out.includes(r))];
  return (
    <fieldset class="card same">
      <legend>{t(`contacts.join.${why}` as Key)}</legend>
      {people.map((p) => (
        <div class="same-row" key={p.record}>
          <label class="grow">
            <input type="radio" name={people[0]!.record} checked={p.record === keep} onChange={() => choose(p.record)} />
            <Avatar name={p.name} />
            <span class="row-text">
              <strong>{p.name || t('contacts.nameless')}</strong>
              <small>{[...p.tel, ...p.email, p.org].filter(Boolean).join(' · ')}</small>
            </span>
          </label>
          {p.record !== keep && (
            <label class="out">
              <input
                type="checkbox"
                checked={!out.includes(p.record)}
                onChange={() => leaveOut(out.includes(p.record) ? out.filter((r) => r !== p.record) : [...out, p.record])}
              />
              {t('contacts.join.with')}
            </label>
          )}
        </div>
      ))}
      <div class="actions">
        <Button
          look="main"
          disabled={joined.length < 2}
          onClick={() =>
            tried(async () => {
              await engine.joinContacts(joined);
              canUndo.value = true;
              await sayDone(t('contacts.join.done', { count: number(joined.length) }));
            })
          }
        >
          {t('contacts.join.yes')}
        </Button>
      </div>
    </fieldset>
  );
}
