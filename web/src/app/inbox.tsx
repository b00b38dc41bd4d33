/** What other apps shared with this one: photos go in at once; of other files it says what can be done with them. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { bytes, t } from './i18n';
import { Icon } from './icons';
import { Empty } from './kit';
import { takeShared } from './shell-worker';
import { bring, isMedia, UploadBar } from './upload';

/** In this page's memory alone: nothing is stored that the person did not bring in. */
const files = signal<File[]>([]);

const whatOf = (f: File): 'photo' | 'card' | 'messages' | 'other' =>
  isMedia(f) ? 'photo' : /\.vcf$/i.test(f.name) || /vcard/.test(f.type) ? 'card' : /\.(?:xml|zip|ndjson)$/i.test(f.name) ? 'messages' : 'other';

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
          {files.value.map((f) => (
            <li key={`${f.name}${f.size}`} class="card line">
              <span class="badge small">
                <Icon name={{ photo: 'photos', card: 'contacts', messages: 'messages', other: 'info' }[whatOf(f)] as 'photos'} />
              </span>
              <div class="grow">
                <h2>{f.name}</h2>
                <p>
                  {bytes(f.size)} · {t(`inbox.${whatOf(f)}`)}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
