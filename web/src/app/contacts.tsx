/** People: a list by letter, one of them beside it, and a form that changes what was changed and nothing else. */
import { useMemo, useState } from 'preact/hooks';
import type { ContactRow } from '../engine/lists';
import type { ContactEntry, ContactFields } from '../formats/card';
import { ContactForm, typeName } from './contact-form';
import { HistorySheet } from './history';
import { number, t } from './i18n';
import { KindOff, useOverview } from './kind-off';
import { Avatar, Button, Confirm, Empty } from './kit';
import { Later } from './later';
import { download, SHOWN } from './media';
import { engine, go, route, tried, useEngine } from './session';
import { type Row, Virtual } from './virtual';

const ROW = 64;
const LETTER = 36;
const NEW = 'new';

const EMPTY: ContactFields = {
  fn: '',
  org: '',
  title: '',
  nick: '',
  tel: [],
  email: [],
  adr: [],
  url: [],
  bday: '',
  anniversary: '',
  note: '',
  cats: [],
};

export function Contacts() {
  const overview = useOverview();
  const contacts = useEngine(() => engine.contacts());
  const [query, setQuery] = useState('');
  const [, shown] = route.value;
  const [group, setGroup] = useState('');
  const [tools, showTools] = useState(false);
  const groups = useMemo(() => [...new Set((contacts ?? []).flatMap((c) => c.cats))].sort((a, b) => a.localeCompare(b)), [contacts]);
  const found = useMemo(
    () => filtered(group === '' ? (contacts ?? []) : (contacts ?? []).filter((c) => c.cats.includes(group)), query),
    [contacts, query, group],
  );
  const rows = useMemo(() => listRows(found, shown), [found, shown]);
  if (!overview || !contacts) return null;
  if (!overview.kinds[0]!.on) {
    return (
      <>
        <header class="view-head">
          <h1>{t('nav.contacts')}</h1>
        </header>
        <KindOff kind={1} overview={overview} />
      </>
    );
  }
  return (
    <div class={`split${shown ? ' open' : ''}`}>
      <section class="list">
        <header class="view-head">
          <h1>{t('nav.contacts')}</h1>
          <p class="count">{number(contacts.length)}</p>
          <Button look="quiet" icon="more" label={t('contacts.tools')} onClick={() => showTools(true)} />
          <Button look="quiet" icon="add" label={t('contacts.new')} onClick={() => go('contacts', NEW)} />
        </header>
        <Filter label={t('contacts.filter')} value={query} onInput={setQuery} />
        <Choice label={t('contacts.groups')} all={t('contacts.everyone')} of={groups} value={group} onChoose={setGroup} />
        {contacts.length === 0 ? (
          <Empty icon="contacts" title={t('contacts.empty')}>
            <p>{t('contacts.empty.text')}</p>
          </Empty>
        ) : (
          <Virtual rows={rows} label={t('nav.contacts')} />
        )}
        {tools && (
          <Later load={() => import('./contact-tools')}>
            {(m) => <m.ContactTools shown={found.map((c) => c.record)} onClose={() => showTools(false)} />}
          </Later>
        )}
      </section>
      <section class="detail" aria-live="polite">
        {shown === NEW ? (
          <ContactForm key={NEW} record={null} fields={EMPTY} photo={null} groups={groups} onDone={(id) => go('contacts', ...(id ? [id] : []))} />
        ) : shown ? (
          <Contact key={shown} record={shown} groups={groups} />
        ) : (
          <Empty icon="contacts" title={t('contacts.choose')} />
        )}
      </section>
    </div>
  );
}

export function Filter({ label, value, onInput }: { label: string; value: string; onInput: (value: string) => void }) {
  return (
    <div class="filter">
      <input type="search" aria-label={label} placeholder={label} value={value} onInput={(e) => onInput(e.currentTarget.value)} />
    </div>
  );
}

/** Groups or tags as a row of chips, of which one may be chosen. */
export function Choice(props: { label: string; all: string; of: string[]; value: string; onChoose: (value: string) => void }) {
  if (props.of.length === 0) return null;
  return (
    <fieldset class="chips choose" aria-label={props.label}>
      {['', ...props.of].map((one) => (
        <button key={one} type="button" class="chip" aria-pressed={one === props.value} onClick={() => props.onChoose(one)}>
          {one === '' ? props.all : one}
        </button>
      ))}
    </fieldset>
  );
}

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function filtered(contacts: ContactRow[], query: string): ContactRow[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return contacts;
  return contacts.filter((c) => {
    const all = folded([c.name, c.org, ...c.tel, ...c.email, ...c.cats].join('\n'));
    return words.every((w) => all.includes(w));
  });
}

function listRows(contacts: ContactRow[], shown: string | undefined): Row[] {
  const rows: Row[] = [];
  let letter = '';
  for (const c of contacts) {
    const first = ([...folded(c.name)].find((x) => /\p{L}/u.test(x)) ?? '#').toLocaleUpperCase();
    if (first !== letter) {
      letter = first;
      rows.push({ key: `letter ${first} ${rows.length}`, height: LETTER, draw: () => <h2 class="letter">{first}</h2> });
    }
    rows.push({
      key: c.record,
      height: ROW,
      draw: () => (
        <button type="button" class="row" aria-current={c.record === shown ? 'true' : undefined} onClick={() => go('contacts', c.record)}>
          <Avatar name={c.name} />
          <span class="row-text">
            <strong>{c.name || t('contacts.nameless')}</strong>
            <small>{c.org || c.tel[0] || c.email[0] || ''}</small>
          </span>
          {c.versions > 1 && <span class="chip">{t('versions')}</span>}
        </button>
      ),
    });
  }
  return rows;
}

const save = (name: string, raw: string) =>
  tried(async () => {
    const { safeFileName } = await import('../formats/note');
    download(safeFileName(name, '.vcf'), 'text/vcard', raw);
  });

function Contact({ record, groups }: { record: string; groups: string[] }) {
  const contact = useEngine(() => engine.contact(record), [record]);
  const [editing, edit] = useState(false);
  const [removing, remove] = useState(false);
  const [history, showHistory] = useState(false);
  if (!contact) return null;
  const f = contact.fields;
  if (editing) return <ContactForm record={record} fields={f} photo={contact.photo} groups={groups} onDone={() => edit(false)} />;
  return (
    <article class="person">
      <div class="detail-bar">
        <span class="only-narrow">
          <Button look="quiet" icon="back" label={t('back')} onClick={() => go('contacts')} />
        </span>
        <span class="grow" />
        <Button icon="edit" onClick={() => edit(true)}>
          {t('edit')}
        </Button>
        <Button look="quiet" icon="heart" label={t('greetings.send')} onClick={() => go('greetings', 'contact', record)} />
        <Button look="quiet" icon="history" label={t('history.title')} onClick={() => showHistory(true)} />
        <Button look="quiet" icon="download" label={t('download')} onClick={() => save(f.fn, contact.raw)} />
        <Button look="quiet" icon="bin" label={t('remove')} onClick={() => remove(true)} />
      </div>
      <div class="person-head">
        {contact.photo && SHOWN.has(contact.photo.mediaType) ? (
          <img class="avatar large" src={`data:${contact.photo.mediaType};base64,${contact.photo.base64}`} alt="" />
        ) : (
          <Avatar name={f.fn} large />
        )}
        <h2>{f.fn || t('contacts.nameless')}</h2>
        <p>{[f.title, f.org].filter(Boolean).join(' · ')}</p>
      </div>
      {contact.versions > 1 && <p class="notice">{t('versions.text')}</p>}
      <div class="groups">
        <Entries title={t('contacts.phone')} entries={f.tel} scheme="tel:" />
        <Entries title={t('contacts.email')} entries={f.email} scheme="mailto:" />
        <Entries title={t('contacts.address')} entries={f.adr} />
        <Entries title={t('contacts.web')} entries={f.url} />
        <Plain title={t('contacts.birthday')} text={f.bday} />
        <Plain title={t('contacts.anniversary')} text={f.anniversary} />
        <Plain title={t('contacts.nick')} text={f.nick} />
        <Plain title={t('contacts.groups')} text={f.cats.join(', ')} />
        <Plain title={t('contacts.note')} text={f.note} />
      </div>
      {history && <HistorySheet kind={1} record={record} onClose={() => showHistory(false)} />}
      {removing && (
        <Confirm
          title={t('contacts.remove.title', { name: f.fn })}
          text={t('remove.text')}
          yes={t('remove')}
          onClose={() => remove(false)}
          onYes={async () => {
            await tried(() => engine.remove(1, [record]));
            go('contacts');
          }}
        />
      )}
    </article>
  );
}

/** Only numbers and mail addresses are links, and only by these two schemes: what else a card says is text. */
function Entries({ title, entries, scheme }: { title: string; entries: ContactEntry[]; scheme?: 'tel:' | 'mailto:' }) {
  if (entries.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      {entries.map((e, i) => (
        <p key={i} class="entry">
          {scheme ? <a href={scheme + encodeURI(e.value)}>{e.value}</a> : <span>{e.value}</span>}
          {e.type && <small>{typeName(e.type)}</small>}
        </p>
      ))}
    </section>
  );
}

function Plain({ title, text }: { title: string; text: string }) {
  if (text === '') return null;
  return (
    <section>
      <h3>{title}</h3>
      <p class="prose">{text}</p>
    </section>
  );
}
