/** What other apps shared with this one: photos go in at once, cards and backups of messages when the person says so. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { bytes, t } from './i18n';
import { Icon } from './icons';
import { Button, Empty } from './kit';
import { engine, tried } from './session';
import { takeShared } from './shell-worker';
import { bring, isMedia, UploadBar } from './upload';
import { sayDone } from './waiting';

/** In this page's memory alone: nothing is stored that the person did not bring in. */
const files = signal<File[]>([]);

const whatOf = (f: File): 'photo' | 'card' | 'messages' | 'other' =>
  isMedia(f) ? 'photo' : /\.vcf$/i.test(f.name) || /vcard/.test(f.type) ? 'card' : /\.xml$/i.test(f.name) ? 'messages' : 'other';

/** Brought in by the code that the views of contacts and messages use, loaded now. */
async function bringIn(f: File, what: 'card' | 'messages'): Promise<void> {
  const { saidOf, textOf } = await import('./contact-tools');
  const text = await textOf(f);
  await sayDone(saidOf(await (what === 'card' ? engine.importCards(text) : engine.importMessages(text))));
  files.value = files.value.filter((one) => one !== f);
}

export function Inbox() {
  useEffect(() => {
    void takeShared().then((got) => {
      if (!got || got.files.length === 0) return;
      files.value = [...got.files, ...files.value];
      const photos = got.files.filter(isMedia);
      if (photos.length > 0) void bring(photos);
    });
  }, []);
  return (
    <div class="page">
      <header class="view-head">
        <h1>{t('inbox.title')}</h1>
      </header>
      <UploadBar />
      {files.value.length === 0 ? (
        <Empty icon="add" title={t('inbox.empty')}>
          <p>{t('inbox.empty.text')}</p>
        </Empty>
      ) : (
        <ul class="cards">
          {files.value.map((f) => {
            const what = whatOf(f);
            return (
              <li key={`${f.name}${f.size}`} class="card line">
                <span class="badge small">
                  <Icon name={({ photo: 'photos', card: 'contacts', messages: 'messages', other: 'info' } as const)[what]} />
                </span>
                <div class="grow">
                  <h2>{f.name}</h2>
                  <p>
                    {bytes(f.size)} · {t(`inbox.${what}`)}
                  </p>
                </div>
                {(what === 'card' || what === 'messages') && <Button onClick={() => tried(() => bringIn(f, what))}>{t('inbox.bring')}</Button>}
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
