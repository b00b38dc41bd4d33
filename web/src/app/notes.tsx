/** Notes: a list, and one of them to read or to write in Markdown. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { NoteRow } from '../engine/lists';
import type { NoteFields } from '../formats/note';
import { Choice, Filter } from './contacts';
import { HistorySheet } from './history';
import { bytes, number, recent, t } from './i18n';
import { Icon } from './icons';
import { KindOff, useOverview } from './kind-off';
import { Button, Confirm, Empty, Field } from './kit';
import { Markdown } from './markdown';
import { engine, go, route, tried, useEngine } from './session';
import { type Row, Virtual } from './virtual';
import { saySaved } from './waiting';

const ROW = 96;
const NEW = 'new';
const BLANK: NoteFields = { title: '', tags: [], pinned: false, archived: false, created: null, updated: null, body: '' };

export function Notes() {
  const overview = useOverview();
  const notes = useEngine(() => engine.notes());
  const [query, setQuery] = useState('');
  const [, shown] = route.value;
  const [tag, setTag] = useState('');
  const tags = useMemo(() => [...new Set((notes ?? []).flatMap((n) => n.tags))].sort((a, b) => a.localeCompare(b)), [notes]);
  const tagged = useMemo(() => (notes ?? []).filter((n) => tag === '' || n.tags.includes(tag)), [notes, tag]);
  const rows = useMemo(() => listRows(tagged, query, shown), [tagged, query, shown]);
  if (!overview || !notes) return null;
  if (!overview.kinds[1]!.on) {
    return (
      <>
        <header class="view-head">
          <h1>{t('nav.notes')}</h1>
        </header>
        <KindOff kind={2} overview={overview} />
      </>
    );
  }
  return (
    <div class={`split${shown ? ' open' : ''}`}>
      <section class="list">
        <header class="view-head">
          <h1>{t('nav.notes')}</h1>
          <p class="count">{number(notes.length)}</p>
          <Button look="quiet" icon="add" label={t('notes.new')} onClick={() => go('notes', NEW)} />
        </header>
        <Filter label={t('notes.filter')} value={query} onInput={setQuery} />
        <Choice label={t('notes.tags')} all={t('notes.all')} of={tags} value={tag} onChoose={setTag} />
        {notes.length === 0 ? (
          <Empty icon="notes" title={t('notes.empty')}>
            <p>{t('notes.empty.text')}</p>
          </Empty>
        ) : (
          <Virtual rows={rows} label={t('nav.notes')} />
        )}
      </section>
      <section class="detail">
        {shown === NEW ? (
          <Editor key={NEW} record={null} fields={BLANK} onDone={(id) => go('notes', ...(id ? [id] : []))} />
        ) : shown ? (
          <One key={shown} record={shown} />
        ) : (
          <Empty icon="notes" title={t('notes.choose')} />
        )}
      </section>
    </div>
  );
}

/** A hint is words: what marks them up is left out. */
const plainWords = (text: string): string =>
  text
    .replace(/(^|\s)(?:[-*+]|\d{1,9}[.)])\s+\[([ xX])\]\s+/g, (_, before: string, box: string) => `${before}${box === ' ' ? '☐' : '☑'} `)
    .replace(/(^|\s)(?:#{1,6}|>|[-*+])\s+/g, '$1')
    .replace(/\*\*|__|~~|`/g, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1');

function listRows(notes: NoteRow[], query: string, shown: string | undefined): Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = notes.filter((n) => words.every((w) => [n.title, n.snippet, ...n.tags].join('\n').toLowerCase().includes(w)));
  return found.map((n) => ({
    key: n.record,
    height: ROW,
    draw: () => (
      <button type="button" class="row tall" aria-current={n.record === shown ? 'true' : undefined} onClick={() => go('notes', n.record)}>
        <span class="row-text">
          <span class="row-top">
            <strong>{n.title || t('notes.untitled')}</strong>
            {n.pinned && <Icon name="pin" />}
            <time>{recent(n.updated)}</time>
          </span>
          <small class="two">{plainWords(n.snippet)}</small>
          <span class="chips">
            {n.items > 0 && <span class="chip">{t('notes.done', { done: n.done, items: n.items })}</span>}
            {n.versions > 1 && <span class="chip">{t('versions')}</span>}
            {n.tags.slice(0, 3).map((tag) => (
              <span class="chip" key={tag}>
                {tag}
              </span>
            ))}
          </span>
        </span>
      </button>
    ),
  }));
}

function One({ record }: { record: string }) {
  const note = useEngine(() => engine.note(record), [record]);
  const [editing, edit] = useState(false);
  const [removing, remove] = useState(false);
  const [history, showHistory] = useState(false);
  if (!note) return null;
  if (editing) return <Editor record={record} fields={note.fields} onDone={() => edit(false)} />;
  const { fields } = note;
  // The heading that gave the note its title is not said twice.
  const body = fields.body.replace(/^\s*#{1,6}\s+(.*)(?:\r?\n|$)/, (whole, words: string) => (words.trim() === fields.title ? '' : whole));
  return (
    <article class="paper">
      <div class="detail-bar">
        <span class="only-narrow">
          <Button look="quiet" icon="back" label={t('back')} onClick={() => go('notes')} />
        </span>
        <span class="grow" />
        <Button
          look="quiet"
          icon="pin"
          label={fields.pinned ? t('notes.unpin') : t('notes.pin')}
          onClick={() => tried(() => engine.saveNote(record, { ...fields, pinned: !fields.pinned }))}
        />
        <Button icon="edit" onClick={() => edit(true)}>
          {t('edit')}
        </Button>
        <Button look="quiet" icon="history" label={t('history.title')} onClick={() => showHistory(true)} />
        <Button look="quiet" icon="download" label={t('download')} onClick={() => saveNote(record, note.name)} />
        <Button look="quiet" icon="bin" label={t('remove')} onClick={() => remove(true)} />
      </div>
      {note.versions > 1 && <p class="notice">{t('versions.text')}</p>}
      <h2 class="paper-title">{fields.title || t('notes.untitled')}</h2>
      <p class="chips">
        {fields.tags.map((tag) => (
          <span class="chip" key={tag}>
            {tag}
          </span>
        ))}
      </p>
      <Markdown text={body} />
      {note.files.length > 0 && (
        <ul class="files">
          {note.files.map((f, i) => (
            <li key={f.name}>
              <Attachment record={record} index={i} name={f.name} size={f.size} />
            </li>
          ))}
        </ul>
      )}
      {history && <HistorySheet kind={2} record={record} onClose={() => showHistory(false)} />}
      {removing && (
        <Confirm
          title={t('notes.remove.title', { name: fields.title })}
          text={t('remove.text')}
          yes={t('remove')}
          onClose={() => remove(false)}
          onYes={async () => {
            await tried(() => engine.remove(2, [record]));
            go('notes');
          }}
        />
      )}
    </article>
  );
}

const saveNote = (record: string, name: string) =>
  tried(async () => {
    const { download } = await import('./media');
    download(name.slice(name.lastIndexOf('/') + 1), 'text/markdown', await engine.original(2, record));
  });

function Attachment({ record, index, name, size }: { record: string; index: number; name: string; size: number }) {
  const save = () =>
    tried(async () => {
      const { download } = await import('./media');
      const file = await engine.file(2, record, index);
      download(name.slice(name.lastIndexOf('/') + 1), 'application/octet-stream', file.bytes);
    });
  return (
    <Button icon="download" onClick={save}>
      {`${name} · ${bytes(size)}`}
    </Button>
  );
}

function Editor({ record, fields, onDone }: { record: string | null; fields: NoteFields; onDone: (record: string | null) => void }) {
  const [body, setBody] = useState(fields.body);
  const [tags, setTags] = useState(fields.tags.join(', '));
  const [preview, setPreview] = useState(false);
  const [files, setFiles] = useState<File[]>([]);
  const picker = useRef<HTMLInputElement>(null);
  const save = () =>
    tried(async () => {
      const list = tags
        .split(',')
        .map((x) => x.trim())
        .filter(Boolean);
      const edit = {
        body: body.endsWith('\n') ? body : `${body}\n`,
        tags: list,
        pinned: fields.pinned,
        archived: fields.archived,
      };
      const id = await engine.saveNote(
        record,
        edit,
        files.map((data) => ({ name: data.name, data })),
      );
      await saySaved();
      onDone(id);
    });
  return (
    <div class="form paper">
      <div class="detail-bar">
        <Button onClick={() => onDone(record)}>{t('cancel')}</Button>
        <span class="grow" />
        <Button onClick={() => setPreview(!preview)}>{preview ? t('notes.write') : t('notes.preview')}</Button>
        <Button look="main" onClick={save} disabled={body.trim() === ''}>
          {t('save')}
        </Button>
      </div>
      {preview ? (
        <Markdown text={body} />
      ) : (
        <textarea
          class="editor"
          aria-label={t('notes.body')}
          placeholder={t('notes.placeholder')}
          value={body}
          onInput={(e) => setBody(e.currentTarget.value)}
        />
      )}
      <div class="files">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(e) => {
            setFiles([...files, ...(e.currentTarget.files ?? [])]);
            e.currentTarget.value = '';
          }}
        />
        <Button icon="add" onClick={() => picker.current?.click()}>
          {t('notes.attach')}
        </Button>
        {files.map((f) => (
          <Button
            key={f.name + f.lastModified}
            icon="close"
            label={`${t('remove')}: ${f.name}`}
            onClick={() => setFiles(files.filter((o) => o !== f))}
          >
            {`${f.name} · ${bytes(f.size)}`}
          </Button>
        ))}
      </div>
      <Field label={t('notes.tags')} hint={t('commas')} value={tags} onInput={setTags} />
    </div>
  );
}
