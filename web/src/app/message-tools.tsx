/** Messages as files: a conversation or all of them go out, an export comes in. Loaded when it is asked for. */
import { useState } from 'preact/hooks';
import type { MessageRow } from '../engine/lists';
import { XML_FOOT, xmlHead } from '../formats/message-file';
import { safeFileName } from '../formats/note';
import { FileIn } from './contact-tools';
import { day, dayTime, locale, t } from './i18n';
import { Button, Sheet } from './kit';
import { engine, tried } from './session';

const AT_ONCE = 50;

export function MessageTools({ thread, name, onClose }: { thread: string | null; name: string; onClose: () => void }) {
  const [done, setDone] = useState('');
  const file = (ending: string) => safeFileName(`${name || t('messages.unknown')} ${new Date().toISOString().slice(0, 10)}`, ending);
  const save = (what: 'text' | 'page') =>
    tried(async () => {
      const messages = await engine.messages(thread ?? '');
      const made = what === 'text' ? asText(name, messages) : asPage(name, messages);
      hand(file(what === 'text' ? '.txt' : '.html'), what === 'text' ? 'text/plain' : 'text/html', [made]);
    });
  const xml = () =>
    tried(async () => {
      const records = await engine.messageRecords(thread);
      const parts: BlobPart[] = [xmlHead(records.length)];
      for (let i = 0; i < records.length; i += AT_ONCE) {
        // Each piece is the browser's at once: it keeps large ones on disk.
        parts.push(new Blob([await engine.messageXml(records.slice(i, i + AT_ONCE))]));
        setDone(t('sync.of', { done: Math.min(i + AT_ONCE, records.length), total: records.length }));
      }
      setDone('');
      hand(file('.xml'), 'application/xml', [...parts, XML_FOOT]);
    });
  return (
    <Sheet title={thread === null ? t('messages.tools') : t('messages.export')} onClose={onClose}>
      <section class="tool">
        <h3>{t('messages.xml')}</h3>
        <p>{t('messages.xml.text')}</p>
        <div class="actions start">
          <Button icon="download" onClick={xml}>
            {t('messages.xml.save')}
          </Button>
          <small aria-live="polite">{done}</small>
        </div>
      </section>
      {thread !== null ? (
        <section class="tool">
          <h3>{t('messages.read')}</h3>
          <p>{t('messages.read.text')}</p>
          <div class="actions start">
            <Button icon="download" onClick={() => save('page')}>
              {t('messages.page.save')}
            </Button>
            <Button icon="download" onClick={() => save('text')}>
              {t('messages.text.save')}
            </Button>
          </div>
        </section>
      ) : (
        <section class="tool">
          <h3>{t('messages.import')}</h3>
          <p>{t('messages.import.text')}</p>
          <FileIn accept=".xml,text/xml,application/xml" label={t('import.choose')} take={(text) => engine.importMessages(text)} />
        </section>
      )}
    </Sheet>
  );
}

function hand(name: string, type: string, parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const who = (name: string, m: MessageRow): string => (m.outgoing ? t('messages.me') : m.from || name);
const files = (m: MessageRow): string[] => m.files.map((f) => `[${f.name || f.mediaType}]`);

export function asText(name: string, messages: MessageRow[]): string {
  const lines = messages.map((m) => `${dayTime(m.date)} · ${who(name, m)}\n${[m.subject, m.body, ...files(m)].filter(Boolean).join('\n')}\n`);
  return `${name}\n\n${lines.join('\n')}`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** A page that stands alone: no script, and a policy in it that lets none in and fetches nothing. */
export function asPage(name: string, messages: MessageRow[]): string {
  let last = '';
  const body = messages.map((m) => {
    const date = day(m.date);
    const head = date === last ? '' : `<h2>${escaped(date)}</h2>\n`;
    last = date;
    const said = [m.subject && `<b>${escaped(m.subject)}</b><br>`, escaped(m.body), ...files(m).map((f) => `<i>${escaped(f)}</i>`)].filter(Boolean);
    return `${head}<p class="${m.outgoing ? 'me' : 'you'}"><small>${escaped(`${who(name, m)} · ${dayTime(m.date)}`)}</small><br>${said.join(' ')}</p>`;
  });
  return `<!doctype html>
<html lang="${locale.value}" dir="${document.documentElement.dir || 'ltr'}">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(name)}</title>
<style>
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h2 { margin-top: 2rem; font-size: .9rem; text-align: center; color: #666 }
p { width: fit-content; max-width: 80%; padding: .5rem .9rem; border-radius: 1rem; background: #eee; white-space: pre-wrap; overflow-wrap: anywhere }
p.me { margin-inline-start: auto; background: #d6e8ff }
small { color: #555 }
</style>
<h1>${escaped(name)}</h1>
${body.join('\n')}
</html>
`;
}
