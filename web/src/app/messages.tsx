/** Messages by conversation. They are read here, not sent: the phone sends. */
import { useMemo, useState } from 'preact/hooks';
import type { ConversationRow, MessageRow } from '../engine/lists';
import { Filter } from './contacts';
import { bytes, day, number, recent, t, time } from './i18n';
import { KindOff, useOverview } from './kind-off';
import { Avatar, Button, Empty } from './kit';
import { Later } from './later';
import { download, SHOWN, useBlobUrl } from './media';
import { engine, go, route, tried, useEngine } from './session';
import { type Row, Virtual } from './virtual';

const ROW = 76;
const AT_ONCE = 200;
/** What browsers play without a script in it. */
const PLAYED = /^(?:audio\/(?:mpeg|mp4|aac|ogg|wav|amr|3gpp)|video\/(?:mp4|webm|3gpp))$/;

export function Messages() {
  const overview = useOverview();
  const conversations = useEngine(() => engine.conversations());
  const [query, setQuery] = useState('');
  const [tools, showTools] = useState(false);
  const [, shown] = route.value;
  const rows = useMemo(() => listRows(conversations ?? [], query, shown), [conversations, query, shown]);
  if (!overview || !conversations) return null;
  if (!overview.kinds[2]!.on) {
    return (
      <>
        <header class="view-head">
          <h1>{t('nav.messages')}</h1>
        </header>
        <KindOff kind={3} overview={overview} />
      </>
    );
  }
  const one = conversations.find((c) => c.thread === shown);
  return (
    <div class={`split${one ? ' open' : ''}`}>
      <section class="list">
        <header class="view-head">
          <h1>{t('nav.messages')}</h1>
          <p class="count">{number(overview.kinds[2]!.count)}</p>
          <Button look="quiet" icon="more" label={t('messages.tools')} onClick={() => showTools(true)} />
        </header>
        <Filter label={t('messages.filter')} value={query} onInput={setQuery} />
        {conversations.length === 0 ? (
          <Empty icon="messages" title={t('messages.empty')}>
            <p>{t('messages.empty.text')}</p>
          </Empty>
        ) : (
          <Virtual rows={rows} label={t('nav.messages')} />
        )}
        {tools && (
          <Later load={() => import('./message-tools')}>
            {(m) => <m.MessageTools thread={null} name={t('nav.messages')} onClose={() => showTools(false)} />}
          </Later>
        )}
      </section>
      <section class="detail">{one ? <Conversation key={one.thread} row={one} /> : <Empty icon="messages" title={t('messages.choose')} />}</section>
    </div>
  );
}

function listRows(conversations: ConversationRow[], query: string, shown: string | undefined): Row[] {
  const wanted = query.toLowerCase();
  return conversations
    .filter((c) => `${c.name}\n${c.thread}\n${c.last}`.toLowerCase().includes(wanted))
    .map((c) => ({
      key: c.thread,
      height: ROW,
      draw: () => (
        <button type="button" class="row" aria-current={c.thread === shown ? 'true' : undefined} onClick={() => go('messages', c.thread)}>
          <Avatar name={c.name} />
          <span class="row-text">
            <span class="row-top">
              <strong>{c.name || t('messages.unknown')}</strong>
              <time>{c.date > 0 ? recent(c.date) : ''}</time>
            </span>
            <small>{c.last}</small>
          </span>
        </button>
      ),
    }));
}

function Conversation({ row }: { row: ConversationRow }) {
  const messages = useEngine(() => engine.messages(row.thread), [row.thread]);
  const [count, setCount] = useState(AT_ONCE);
  const [query, setQuery] = useState<string | null>(null);
  const [saving, save] = useState(false);
  if (!messages) return null;
  const wanted = query?.trim().toLowerCase() ?? '';
  const found = wanted === '' ? messages : messages.filter((m) => `${m.subject}\n${m.body}`.toLowerCase().includes(wanted));
  const some = found.slice(-count);
  let last = '';
  return (
    <article class="conversation">
      <div class="detail-bar">
        <span class="only-narrow">
          <Button look="quiet" icon="back" label={t('back')} onClick={() => go('messages')} />
        </span>
        <Avatar name={row.name} />
        <div class="grow">
          <h2>{row.name || t('messages.unknown')}</h2>
          <small>{wanted === '' ? t('messages.count', { count: messages.length }) : t('messages.found', { count: found.length })}</small>
        </div>
        <Button look="quiet" icon="heart" label={t('greetings.send')} onClick={() => go('greetings', 'thread', row.thread)} />
        <Button look="quiet" icon="search" label={t('messages.search')} onClick={() => setQuery(query === null ? '' : null)} />
        <Button look="quiet" icon="download" label={t('messages.export')} onClick={() => save(true)} />
      </div>
      {query !== null && <Filter label={t('messages.search')} value={query} onInput={setQuery} />}
      {saving && (
        <Later load={() => import('./message-tools')}>
          {(m) => <m.MessageTools thread={row.thread} name={row.name} onClose={() => save(false)} />}
        </Later>
      )}
      <div class="thread">
        {found.length > count && <Button onClick={() => setCount(count + 5 * AT_ONCE)}>{t('messages.earlier')}</Button>}
        {some.map((m) => {
          const date = day(m.date);
          const first = date !== last;
          last = date;
          return (
            <div key={m.record}>
              {first && <p class="date">{date}</p>}
              <Bubble message={m} group={row.thread.includes('~')} />
            </div>
          );
        })}
      </div>
    </article>
  );
}

function Bubble({ message, group }: { message: MessageRow; group: boolean }) {
  return (
    <div class={`bubble${message.outgoing ? ' ours' : ''}`}>
      {group && !message.outgoing && message.from && <small class="from">{message.from}</small>}
      {message.subject && <strong>{message.subject}</strong>}
      {message.files.map((f) =>
        SHOWN.has(f.mediaType) ? (
          <Image key={f.index} message={message} index={f.index} name={f.name} />
        ) : PLAYED.test(f.mediaType) ? (
          <Played key={f.index} message={message} file={f} />
        ) : (
          <Part key={f.index} message={message} file={f} />
        ),
      )}
      {message.body && <p>{message.body}</p>}
      <time>
        {message.failed && `${t('messages.failed')} · `}
        {time(message.date)}
      </time>
    </div>
  );
}

function Image({ message, index, name }: { message: MessageRow; index: number; name: string }) {
  const { url, failed } = useBlobUrl(() => engine.file(3, message.record, index), [message.record, index]);
  return url ? <img src={url} alt={name || t('messages.picture')} /> : <span class="image-wait" aria-busy={!failed} />;
}

/** A recording or a film of a message, fetched when it is asked for. */
function Played({ message, file }: { message: MessageRow; file: MessageRow['files'][number] }) {
  const [asked, ask] = useState(false);
  const { url } = useBlobUrl(() => (asked ? engine.file(3, message.record, file.index) : Promise.resolve(null)), [asked]);
  if (!url)
    return (
      <Button icon="play" busy={asked} onClick={() => ask(true)}>
        {`${file.name || file.mediaType} · ${bytes(file.size)}`}
      </Button>
    );
  // biome-ignore lint/a11y/useMediaCaption: people's own recordings have none
  return file.mediaType.startsWith('audio/') ? <audio src={url} controls /> : <video src={url} controls playsInline />;
}

function Part({ message, file }: { message: MessageRow; file: MessageRow['files'][number] }) {
  const save = () =>
    tried(async () => {
      const { bytes: data } = await engine.file(3, message.record, file.index);
      download(file.name || 'part', 'application/octet-stream', data);
    });
  return (
    <Button icon="download" onClick={save}>
      {`${file.name || file.mediaType} · ${bytes(file.size)}`}
    </Button>
  );
}
