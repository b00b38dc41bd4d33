/** Changes that are kept in this browser until the server has them: a line above the view while it does not answer, and the list behind it. */
import { useState } from 'preact/hooks';
import { KIND_NAMES } from '../protocol/ids';
import { recent, t } from './i18n';
import { Icon } from './icons';
import { Button, Sheet } from './kit';
import { engine, notice, say, tried, useEngine } from './session';

/** What was saved is safe, or waits: says which. */
export async function saySaved(): Promise<void> {
  const rows = (await tried(() => engine.waiting())) ?? [];
  say(t(rows.length === 0 ? 'saved' : 'saved.waiting'));
}

/** What was done; and that it waits to be sent, where it does. */
export async function sayDone(done: string): Promise<void> {
  const rows = (await tried(() => engine.waiting())) ?? [];
  say(rows.length === 0 ? done : `${done} ${t('saved.waiting')}`);
}

export function WaitingBar() {
  const [open, setOpen] = useState(false);
  const { waiting, sync } = notice.value;
  if (!open && (waiting === 0 || (sync !== 'offline' && sync !== 'stopped'))) return null;
  return (
    <>
      <section class="waiting-bar" aria-label={t('waiting.title')}>
        <Icon name="offline" />
        <p role="status">{t('waiting.count', { count: waiting })}</p>
        <Button look="quiet" onClick={() => setOpen(true)}>
          {t('waiting.show')}
        </Button>
      </section>
      {open && <List onClose={() => setOpen(false)} />}
    </>
  );
}

function List({ onClose }: { onClose: () => void }) {
  const rows = useEngine(() => engine.waiting());
  return (
    <Sheet title={t('waiting.title')} onClose={onClose}>
      <p>{rows?.length === 0 ? t('waiting.none') : t('waiting.text')}</p>
      <ul class="waiting-list">
        {rows?.map((r) => (
          <li key={r.n}>
            <span class="badge small">
              <Icon name={KIND_NAMES[r.kind]} />
            </span>
            <span class="grow">
              <strong>{r.removed ? t('waiting.removed', { count: r.count }) : r.title || t(`nav.${KIND_NAMES[r.kind]}`)}</strong>
              <small>{recent(r.at)}</small>
            </span>
            <Button look="quiet" icon="close" label={t('waiting.giveUp')} onClick={() => tried(() => engine.giveUp(r.n))} />
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
