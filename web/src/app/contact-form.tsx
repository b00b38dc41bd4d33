/** The form of a contact: every field, and a line only for what there is. What is not changed keeps its line in the card. */
import { useRef, useState } from 'preact/hooks';
import type { ContactEntry, ContactFields, ContactPhoto } from '../formats/card';
import { type Key, t } from './i18n';
import { Button, Field } from './kit';
import { engine, tried } from './session';
import { saySaved } from './waiting';

const PHOTO_PIXELS = 512;

export const TYPES = ['cell', 'home', 'work', 'main', 'fax', 'other'] as const;
export const typeName = (type: string): string => {
  const known = TYPES.find((k) => k === type);
  return known ? t(`contacts.type.${known}`) : type;
};

interface Props {
  record: string | null;
  fields: ContactFields;
  photo: ContactPhoto | null;
  groups: string[];
  onDone: (record: string | null) => void;
}

export function ContactForm({ record, fields, photo, groups, onDone }: Props) {
  const [f, set] = useState(fields);
  const [picture, setPicture] = useState<ContactPhoto | null | undefined>(undefined);
  const change = (part: Partial<ContactFields>) => set({ ...f, ...part });
  const save = () =>
    tried(async () => {
      const clean = { ...f, cats: f.cats.map((c) => c.trim()).filter(Boolean) };
      const id = await engine.saveContact(record, clean, picture);
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
      <Photo photo={picture === undefined ? photo : picture} onChange={setPicture} />
      <Field label={t('contacts.name')} value={f.fn} onInput={(fn) => change({ fn })} autofocus />
      <div class="pair">
        <Field label={t('contacts.org')} value={f.org} onInput={(org) => change({ org })} />
        <Field label={t('contacts.title')} value={f.title} onInput={(title) => change({ title })} />
      </div>
      <List title={t('contacts.phone')} keyboard="tel" first="cell" entries={f.tel} onChange={(tel) => change({ tel })} />
      <List title={t('contacts.email')} keyboard="email" first="home" entries={f.email} onChange={(email) => change({ email })} />
      <Addresses entries={f.adr} onChange={(adr) => change({ adr })} />
      <List title={t('contacts.web')} keyboard="url" first="home" entries={f.url} onChange={(url) => change({ url })} />
      <div class="pair">
        <Field label={t('contacts.birthday')} value={f.bday} hint={t('contacts.birthday.hint')} onInput={(bday) => change({ bday })} />
        <Field label={t('contacts.anniversary')} value={f.anniversary} onInput={(anniversary) => change({ anniversary })} />
      </div>
      <Field label={t('contacts.nick')} value={f.nick} onInput={(nick) => change({ nick })} />
      <Field label={t('contacts.groups')} value={f.cats.join(', ')} hint={t('commas')} onInput={(cats) => change({ cats: cats.split(/,\s?/) })} />
      {groups.some((g) => !f.cats.includes(g)) && (
        <p class="chips">
          {groups
            .filter((g) => !f.cats.includes(g))
            .slice(0, 12)
            .map((g) => (
              <button key={g} type="button" class="chip" onClick={() => change({ cats: [...f.cats.filter(Boolean), g] })}>
                {`+ ${g}`}
              </button>
            ))}
        </p>
      )}
      <Field label={t('contacts.note')} lines={4} value={f.note} onInput={(note) => change({ note })} />
      <datalist id="contact-types">
        {TYPES.map((k) => (
          <option key={k} value={typeName(k)} />
        ))}
      </datalist>
    </form>
  );
}

function Photo({ photo, onChange }: { photo: ContactPhoto | null; onChange: (photo: ContactPhoto | null) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined) =>
    tried(async () => {
      if (file) onChange(await smaller(file));
    });
  return (
    <div class="photo-edit">
      {photo && <img class="avatar large" src={`data:${photo.mediaType};base64,${photo.base64}`} alt={t('contacts.photo')} />}
      <input ref={picker} type="file" accept="image/*" hidden onChange={(e) => void take(e.currentTarget.files?.[0])} />
      <Button icon="photos" onClick={() => picker.current?.click()}>
        {photo ? t('contacts.photo.other') : t('contacts.photo.add')}
      </Button>
      {photo && (
        <Button look="quiet" onClick={() => onChange(null)}>
          {t('contacts.photo.remove')}
        </Button>
      )}
    </div>
  );
}

/** A square from the middle, small enough for a card. Drawn anew, so that nothing but the picture stays in it: no place, no camera. */
async function smaller(file: File): Promise<ContactPhoto> {
  const image = await createImageBitmap(file);
  const side = Math.min(image.width, image.height);
  const size = Math.min(PHOTO_PIXELS, side);
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext('2d')?.drawImage(image, (image.width - side) / 2, (image.height - side) / 2, side, side, 0, 0, size, size);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
  const { toBase64Text } = await import('../formats/message-file');
  return { mediaType: 'image/jpeg', base64: toBase64Text(new Uint8Array(await blob.arrayBuffer())) };
}

/** A type as a person reads and writes it: the known words, or a word of their own. */
function TypeInput({ value, label, onInput }: { value: string; label: string; onInput: (type: string) => void }) {
  const known = (typed: string) => TYPES.find((k) => typeName(k).toLowerCase() === typed.trim().toLowerCase()) ?? typed;
  return (
    <input
      type="text"
      class="type"
      list="contact-types"
      aria-label={`${label}: ${t('contacts.label')}`}
      value={typeName(value)}
      onInput={(e) => onInput(known(e.currentTarget.value))}
    />
  );
}

interface ListProps {
  title: string;
  entries: ContactEntry[];
  onChange: (entries: ContactEntry[]) => void;
}

/** The last one goes; another is emptied, so that those behind it keep their lines. */
const without = (entries: ContactEntry[], i: number, empty: Partial<ContactEntry>): ContactEntry[] =>
  i === entries.length - 1 ? entries.slice(0, -1) : entries.map((e, k) => (k === i ? { ...e, ...empty } : e));

function List({ title, keyboard, first, entries, onChange }: ListProps & { keyboard: 'tel' | 'email' | 'url'; first: string }) {
  const change = (i: number, part: Partial<ContactEntry>) => onChange(entries.map((e, k) => (k === i ? { ...e, ...part } : e)));
  return (
    <fieldset class="entries">
      <legend>{title}</legend>
      {entries.map((e, i) => (
        <div class="entry-edit" key={i}>
          <TypeInput label={title} value={e.type} onInput={(type) => change(i, { type })} />
          <input type="text" inputMode={keyboard} aria-label={title} value={e.value} onInput={(x) => change(i, { value: x.currentTarget.value })} />
          <Button look="quiet" icon="close" label={t('remove')} onClick={() => onChange(without(entries, i, { value: '' }))} />
        </div>
      ))}
      <Button look="quiet" icon="add" onClick={() => onChange([...entries, { value: '', type: first }])}>
        {t('add')}
      </Button>
    </fieldset>
  );
}

const PARTS: [at: number, key: Key][] = [
  [2, 'contacts.street'],
  [5, 'contacts.code'],
  [3, 'contacts.city'],
  [4, 'contacts.state'],
  [6, 'contacts.country'],
];
const NO_PARTS = ['', '', '', '', '', '', ''];

function Addresses({ entries, onChange }: Omit<ListProps, 'title'>) {
  const change = (i: number, part: Partial<ContactEntry>) => onChange(entries.map((e, k) => (k === i ? { ...e, ...part } : e)));
  const title = t('contacts.address');
  return (
    <fieldset class="entries">
      <legend>{title}</legend>
      {entries.map((e, i) => (
        <div class="address-edit" key={i}>
          <div class="entry-edit">
            <TypeInput label={title} value={e.type} onInput={(type) => change(i, { type })} />
            <span class="grow" />
            <Button look="quiet" icon="close" label={t('remove')} onClick={() => onChange(without(entries, i, { parts: NO_PARTS }))} />
          </div>
          {PARTS.map(([at, key]) => (
            <input
              key={key}
              type="text"
              class={`part-${at}`}
              aria-label={t(key)}
              placeholder={t(key)}
              value={e.parts?.[at] ?? ''}
              onInput={(x) => change(i, { parts: (e.parts ?? NO_PARTS).map((p, k) => (k === at ? x.currentTarget.value : p)) })}
            />
          ))}
        </div>
      ))}
      <Button look="quiet" icon="add" onClick={() => onChange([...entries, { value: '', type: 'home', parts: NO_PARTS }])}>
        {t('add')}
      </Button>
    </fieldset>
  );
}
