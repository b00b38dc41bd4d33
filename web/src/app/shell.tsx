/** What stands around every view: navigation, the alarm banner, the state of syncing. Fetched when there is an account, so that who comes for the first time does not wait for it. */
import type { ComponentChildren, FunctionComponent } from 'preact';
import { useState } from 'preact/hooks';
import { Activity } from './activity';
import { Contacts } from './contacts';
import { Coming, Devices } from './devices';
import { ago, isKey, type Key, number, t } from './i18n';
import { Icon, type IconName } from './icons';
import { Inbox } from './inbox';
import { Button, Confirm, Sheet } from './kit';
import { Later } from './later';
import { Messages } from './messages';
import { NewVersion } from './new-version';
import { Notes } from './notes';
import { Photos } from './photos';
import { progressText } from './progress';
import { Safety } from './safety';
import { Search } from './search';
import { engine, href, notice, route, tried } from './session';
import { WaitingBar } from './waiting';

interface View {
  readonly id: 'photos' | 'contacts' | 'notes' | 'messages' | 'search' | 'activity' | 'greetings' | 'devices' | 'safety' | 'leave' | 'inbox';
  readonly icon: IconName;
  readonly view: FunctionComponent;
}

const KINDS: View[] = [
  { id: 'photos', icon: 'photos', view: Photos },
  { id: 'contacts', icon: 'contacts', view: Contacts },
  { id: 'notes', icon: 'notes', view: Notes },
  { id: 'messages', icon: 'messages', view: Messages },
];
const REST: View[] = [
  { id: 'search', icon: 'search', view: Search },
  { id: 'greetings', icon: 'heart', view: () => <Later load={() => import('./greetings')}>{(m) => <m.GreetingsView />}</Later> },
  { id: 'activity', icon: 'activity', view: Activity },
  { id: 'devices', icon: 'devices', view: Devices },
  { id: 'safety', icon: 'safety', view: Safety },
  { id: 'leave', icon: 'leave', view: () => <Later load={() => import('./leave')}>{(m) => <m.Leave />}</Later> },
];
/** Reached from the system's share sheet, not from the navigation. */
const INBOX: View = { id: 'inbox', icon: 'add', view: Inbox };
const VIEWS = [...KINDS, ...REST, INBOX];

export function Stopped({ why }: { why: 'busy' | 'expired' | 'insecure' | 'broken' }) {
  const [erasing, erase] = useState(false);
  return (
    <main class="centre">
      <div class="card narrow">
        <h1>{t(`stopped.${why}.title`)}</h1>
        <p>{t(`stopped.${why}.text`)}</p>
        <div class="actions">
          {why === 'broken' && <Button onClick={() => erase(true)}>{t('stopped.erase')}</Button>}
          {why !== 'insecure' && (
            <Button look="main" onClick={() => location.reload()}>
              {t('stopped.again')}
            </Button>
          )}
        </div>
      </div>
      {erasing && (
        <Confirm
          title={t('safety.signOut.title')}
          text={t('safety.signOut.confirm')}
          yes={t('safety.signOut')}
          onClose={() => erase(false)}
          onYes={() => tried(() => engine.signOut().then(() => location.reload()))}
        />
      )}
    </main>
  );
}

export function Ready() {
  const [id = 'photos'] = route.value;
  const current = VIEWS.find((v) => v.id === id) ?? VIEWS[0]!;
  const Current = current.view;
  return (
    <div class="frame">
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      <Side current={current.id} />
      <div class="column">
        <AlarmBanner />
        <WaitingBar />
        {current.id !== 'devices' && current.id !== 'safety' && <Coming />}
        <NewVersion />
        <main id="main" class={`view view-${current.id}`} tabIndex={-1}>
          <Current />
        </main>
      </div>
      <Tabs current={current.id} />
    </div>
  );
}

function Side({ current }: { current: View['id'] }) {
  return (
    <nav class="side" aria-label={t('nav')}>
      <a class="brand" href={href('photos')}>
        <img src="/icon.svg" alt="" width="28" height="28" />
        Candor
      </a>
      {[KINDS, REST].map((group) => (
        <ul key={group[0]!.id}>
          {group.map((v) => (
            <li key={v.id}>
              <a href={href(v.id)} aria-current={v.id === current ? 'page' : undefined}>
                <Icon name={v.icon} />
                {t(`nav.${v.id}`)}
              </a>
            </li>
          ))}
        </ul>
      ))}
      <SyncState />
    </nav>
  );
}

function Tabs({ current }: { current: View['id'] }) {
  const [more, setMore] = useState(false);
  const inMore = REST.some((v) => v.id === current);
  return (
    <nav class="tabs" aria-label={t('nav')}>
      {KINDS.map((v) => (
        <a key={v.id} href={href(v.id)} aria-current={v.id === current ? 'page' : undefined}>
          <Icon name={v.icon} />
          <span>{t(`nav.${v.id}`)}</span>
        </a>
      ))}
      <button type="button" aria-current={inMore ? 'page' : undefined} aria-haspopup="dialog" onClick={() => setMore(true)}>
        <Icon name="more" />
        <span>{t('nav.more')}</span>
      </button>
      {more && (
        <Sheet title={t('nav.more')} onClose={() => setMore(false)}>
          <ul class="menu">
            {REST.map((v) => (
              <li key={v.id}>
                <a href={href(v.id)} onClick={() => setMore(false)}>
                  <Icon name={v.icon} />
                  {t(`nav.${v.id}`)}
                </a>
              </li>
            ))}
          </ul>
          <SyncState />
        </Sheet>
      )}
    </nav>
  );
}

/** One quiet line: what is happening to the account now. */
export function SyncState() {
  const { sync, progress, verifiedAt, problem } = notice.value;
  const key: Key = `sync.${sync}`;
  const icon: IconName = sync === 'offline' ? 'offline' : sync === 'stopped' ? 'alarm' : sync === 'working' ? 'sync' : 'ok';
  const counted = sync === 'working' && progress && progress.done > 0;
  return (
    <p class={`sync ${sync}`} title={isKey(`problem.${problem}`) ? t(`problem.${problem}` as Key) : ''}>
      <Icon name={icon} />
      <span>
        {counted ? progressText(progress) : sync === 'idle' && verifiedAt ? t('sync.verified', { when: ago(verifiedAt) }) : t(key)}
        {counted && <span class="visually-hidden">{number(progress.done)}</span>}
      </span>
    </p>
  );
}

function AlarmBanner() {
  const { alarm, problem, sync } = notice.value;
  const [evidence, setEvidence] = useState<Record<string, string> | null>(null);
  if (!alarm) {
    const key = `problem.${problem}`;
    if (sync !== 'stopped' || !isKey(key)) return null;
    return (
      <Banner title={t('sync.stopped')}>
        <p>{t(key)}</p>
      </Banner>
    );
  }
  return (
    <Banner title={t(`alarm.${alarm.kind}.title`)}>
      <p>{t(`alarm.${alarm.kind}.text`)}</p>
      <p class="detail">{alarm.detail}</p>
      <div class="actions">
        <Button onClick={async () => setEvidence((await tried(() => engine.alarmEvidence())) ?? {})}>{t('alarm.evidence')}</Button>
        <Button onClick={() => tried(() => engine.answerAlarm())}>{t('alarm.goOn')}</Button>
      </div>
      {evidence && (
        <Sheet title={t('alarm.evidence')} onClose={() => setEvidence(null)} wide>
          <p>{t('alarm.evidence.text')}</p>
          {Object.entries(evidence).map(([name, text]) => (
            <div key={name}>
              <h3>{name}</h3>
              <pre>{text}</pre>
            </div>
          ))}
        </Sheet>
      )}
    </Banner>
  );
}

function Banner({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="banner" role="alert">
      <Icon name="alarm" />
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </section>
  );
}
