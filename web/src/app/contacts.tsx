/** People: a list by letter, one of them beside it, and a form that changes what was changed and nothing else. */
import { useMemo, useState } from 'preact/hooks';
import type { ContactRow } from '../engine/lists';
import type { ContactEntry, ContactFields } from '../formats/card';
import { number, t } from './i18n';
import { KindOff, useOverview } from './kind-off';
import { Avatar, Button, Confirm, Empty, Field } from './kit';
import { engine, go, route, tried, useEngine } from './session';
import { type Row, Virtual } from './virtual';
import { saySaved } from './waiting';

const ROW = 64;
const LETTER = 36;
const NEW = 'new';

const EMPTY: ContactFields = { fn: '', org: '', title: '', nick: '', tel: [], email: [], adr: [], url: [], bday: '', note: '', cats: [] };

export function Contacts() {
  const overview = useOverview();
  const contacts = useEngine(() => engine.contacts());
  const [query, setQuery] = useState('');
  const [, shown] = route.value;
  const found = useMemo(() => filtered(contacts ?? [], query), [contacts, query]);
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
          <Button look="quiet" icon="add" label={t('contacts.new')} onClick={() => go('contacts', NEW)} />
        </header>
        <Filter label={t('contacts.filter')} value={query} onInput={setQuery} />
        {contacts.length === 0 ? (
          <Empty icon="contacts" title={t('contacts.empty')}>
            <p>{t('contacts.empty.text')}</p>
          </Empty>
        ) : (
          <Virtual rows={rows} label={t('nav.contacts')} />
        )}
      </section>
      <section class="detail" aria-live="polite">
        {shown === NEW ? (
          <Form key={NEW} record={null} fields={EMPTY} onDone={(id) => go('contacts', ...(id ? [id] : []))} />
        ) : shown ? (
          <Contact key={shown} record={shown} />
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

function Contact({ record }: { record: string }) {
  const contact = useEngine(() => engine.contact(record), [record]);
  const [editing, edit] = useState(false);
  const [removing, remove] = useState(false);
  if (!contact) return null;
  const f = contact.fields;
  if (editing) return <Form record={record} fields={f} onDone={() => edit(false)} />;
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
        <Button look="quiet" icon="bin" label={t('remove')} onClick={() => remove(true)} />
      </div>
      <div class="person-head">
        <Avatar name={f.fn} large />
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
        <Plain title={t('contacts.nick')} text={f.nick} />
        <Plain title={t('contacts.groups')} text={f.cats.join(', ')} />
        <Plain title={t('contacts.note')} text={f.note} />
      </div>
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

const TYPES = ['cell', 'home', 'work', 'main', 'fax', 'other'] as const;
const typeName = (type: string): string => {
  const known = TYPES.find((k) => k === type);
  return known ? t(`contacts.type.${known}`) : type;
};

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

function Form({ record, fields, onDone }: { record: string | null; fields: ContactFields; onDone: (record: string | null) => void }) {
  const [f, set] = useState(fields);
  const change = (part: Partial<ContactFields>) => set({ ...f, ...part });
  const save = () =>
    tried(async () => {
      const clean = { ...f, cats: f.cats.map((c) => c.trim()).filter(Boolean) };
      const id = await engine.saveContact(record, clean);
      await saySaved();
      onDone(id);
    });
  const named = f.fn.trim() !== '' || f.org.trim() !== '';
  return (
    <form
      class="form"
      onSubmit={(e) => {
        e.preventDefault();
        if (named) void save();
      }}
    >
      <div class="detail-bar">
        <Button onClick={() => onDone(record)}>{t('cancel')}</Button>
        <span class="grow" />
        <Button look="main" onClick={save} disabled={!named}>
          {t('save')}
        </Button>
      </div>
      <Field label={t('contacts.name')} value={f.fn} onInput={(fn) => change({ fn })} autofocus />
      <div class="pair">
        <Field label={t('contacts.org')} value={f.org} onInput={(org) => change({ org })} />
        <Field label={t('contacts.title')} value={f.title} onInput={(title) => change({ title })} />
      </div>
      <List title={t('contacts.phone')} type="tel" entries={f.tel} onChange={(tel) => change({ tel })} />
      <List title={t('contacts.email')} type="email" entries={f.email} onChange={(email) => change({ email })} />
      <div class="pair">
        <Field label={t('contacts.birthday')} value={f.bday} hint={t('contacts.birthday.hint')} onInput={(bday) => change({ bday })} />
        <Field label={t('contacts.nick')} value={f.nick} onInput={(nick) => change({ nick })} />
      </div>
      <Field label={t('contacts.groups')} value={f.cats.join(', ')} hint={t('commas')} onInput={(cats) => change({ cats: cats.split(/,\s?/) })} />
      <Field label={t('contacts.note')} lines={4} value={f.note} onInput={(note) => change({ note })} />
    </form>
  );
}

function List({
  title,
  type,
  entries,
  onChange,
}: {
  title: string;
  type: 'tel' | 'email';
  entries: ContactEntry[];
  onChange: (entries: ContactEntry[]) => void;
}) {
  return (
    <fieldset class="entries">
      <legend>{title}</legend>
      {entries.map((e, i) => (
        <div class="entry-edit" key={i}>
          <input
            type="text"
            inputMode={type}
            aria-label={title}
            value={e.value}
            onInput={(x) => onChange(entries.map((o, k) => (k === i ? { ...o, value: x.currentTarget.value } : o)))}
          />
          <small>{typeName(e.type)}</small>
          <Button
            look="quiet"
            icon="close"
            label={t('remove')}
            onClick={() =>
              onChange(entries.map((o, k) => (k === i ? { ...o, value: '' } : o)).filter((o, k) => o.value !== '' || k !== entries.length - 1))
            }
          />
        </div>
      ))}
      <Button look="quiet" icon="add" onClick={() => onChange([...entries, { value: '', type: type === 'tel' ? 'cell' : 'home' }])}>
        {t('add')}
      </Button>
    </fieldset>
  );
}
