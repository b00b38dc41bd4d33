/** Who holds keys to this account: when each was last heard, what is on for it, and letting another in. */
import { useState } from 'preact/hooks';
import type { DeviceInfo } from '../engine/engine';
import { KIND_NAMES } from '../protocol/ids';
import { ago, dayTime, t } from './i18n';
import { Icon } from './icons';
import { useOverview } from './kind-off';
import { Button, Confirm, Field, Sheet, Words } from './kit';
import { Scan } from './scan';
import { engine, problemText, say, tried, useEngine } from './session';

const PHRASE = 2;
const PASSWORD = 3;
const PEOPLE = 5;
/** Kept by a person, not by a machine: it is not heard, and its silence says nothing. */
const isKept = (d: DeviceInfo): boolean => d.type === PHRASE || d.type === PASSWORD || d.type === PEOPLE;
/** A device that was not heard for so long is named (spec/account-log.md §5). */
const SILENT_MS = 3 * 24 * 3600 * 1000;

export function Devices() {
  const devices = useEngine(() => engine.devices());
  const [pairing, pair] = useState(false);
  const [removing, remove] = useState<DeviceInfo | null>(null);
  if (!devices) return null;
  const live = devices.filter((d) => d.live);
  const gone = devices.filter((d) => !d.live);
  return (
    <div class="page">
      <header class="view-head">
        <h1>{t('nav.devices')}</h1>
        <Button look="main" icon="pair" onClick={() => pair(true)}>
          {t('devices.letIn')}
        </Button>
      </header>
      <p class="lead">{t('devices.text')}</p>
      <Coming />
      <ul class="cards">
        {live.map((d) => (
          <Row key={d.id} device={d} onRemove={() => remove(d)} />
        ))}
      </ul>
      {gone.length > 0 && (
        <>
          <h2 class="section">{t('devices.gone')}</h2>
          <ul class="cards faint">
            {gone.map((d) => (
              <Row key={d.id} device={d} />
            ))}
          </ul>
        </>
      )}
      {pairing && <LetIn onClose={() => pair(false)} />}
      {removing && (
        <Confirm
          title={t('devices.remove.title', { name: nameOf(removing) })}
          text={
            removing.type === PHRASE ? t('devices.remove.words') : removing.type === PEOPLE ? t('devices.remove.people') : t('devices.remove.text')
          }
          yes={t('devices.remove.yes')}
          onClose={() => remove(null)}
          onYes={() => tried(() => engine.revoke(removing.id))}
        />
      )}
    </div>
  );
}

const nameOf = (d: DeviceInfo): string =>
  d.type === PHRASE
    ? t('devices.words')
    : d.type === PASSWORD
      ? t('devices.password')
      : d.type === PEOPLE
        ? t('devices.people')
        : d.name || t('devices.nameless');

/** What the person gave this browser. No other device knows it: the log carries what is on, not what may be. */
function OwnLimits() {
  const overview = useOverview();
  const out = overview?.kinds.filter((k) => k.leftOut) ?? [];
  if (!overview || (overview.until === null && out.length === 0)) return null;
  const kinds = out.map((k) => t(`nav.${KIND_NAMES[k.kind]}`)).join(', ');
  return (
    <p class="hint">
      {[overview.until === null ? '' : t('devices.until', { when: dayTime(overview.until) }), kinds && t('devices.leftOut', { kinds })]
        .filter(Boolean)
        .join(' ')}{' '}
      {t('devices.limits')}
    </p>
  );
}

function Row({ device: d, onRemove }: { device: DeviceInfo; onRemove?: () => void }) {
  const silent = d.live && !isKept(d) && d.lastHeard !== null && Date.now() - d.lastHeard > SILENT_MS;
  return (
    <li class="card line">
      <span class="badge small">
        <Icon name={isKept(d) ? 'key' : d.isThis ? 'devices' : 'phone'} />
      </span>
      <div class="grow">
        <h3>
          {nameOf(d)} {d.isThis && <span class="chip strong">{t('devices.this')}</span>}
        </h3>
        <p class={silent ? 'warn' : ''}>
          {d.type === PHRASE
            ? t('devices.words.text')
            : d.type === PASSWORD
              ? t('devices.password.text')
              : d.type === PEOPLE
                ? t('devices.people.text', { name: d.name })
                : d.lastHeard === null
                  ? t('devices.never')
                  : silent
                    ? t('devices.silent', { when: ago(d.lastHeard) })
                    : t('devices.heard', { when: ago(d.lastHeard) })}
        </p>
        {d.isThis && <OwnLimits />}
        <p class="chips">
          {d.on.map((k) => (
            <span class="chip" key={k}>
              {t(`nav.${KIND_NAMES[k]}`)}
            </span>
          ))}
        </p>
      </div>
      {onRemove && !d.isThis && <Button look="quiet" icon="bin" label={t('devices.remove.yes')} onClick={onRemove} />}
    </li>
  );
}

/** A device that people with shares have announced: which, when it comes in, and stopping it. Nothing, where none is. */
export function Coming() {
  const overview = useOverview();
  const [asking, ask] = useState(false);
  if (!overview?.coming) return null;
  const { device, until } = overview.coming;
  return (
    <section class="banner" role="alert">
      <Icon name="alarm" />
      <div>
        <h2>{t('people.coming')}</h2>
        <p>{t('people.coming.text', { device: device.slice(0, 8), when: dayTime(until) })}</p>
        <div class="actions">
          <Button look="danger" onClick={() => ask(true)}>
            {t('people.stop')}
          </Button>
        </div>
      </div>
      {asking && (
        <Confirm
          title={t('people.stop.title')}
          text={t('people.stop.text')}
          yes={t('people.stop')}
          onClose={() => ask(false)}
          onYes={() => tried(async () => say((await engine.object()) ? t('people.stopped') : t('people.over')))}
        />
      )}
    </section>
  );
}

/** The approving side of a pairing: a code, four words on both screens, a yes. */
function LetIn({ onClose }: { onClose: () => void }) {
  const [typed, type] = useState('');
  const [met, meet] = useState<{ name: string; words: string[] } | null>(null);
  const [waiting, wait] = useState(false);
  const [error, fail] = useState('');
  const stop = () => {
    void engine.approveStop();
    onClose();
  };
  const start = async (code = typed) => {
    fail('');
    wait(true);
    try {
      await engine.approveStart(code);
      meet(await engine.approveMeet());
    } catch (e) {
      fail(problemText(e));
    }
    wait(false);
  };
  const finish = async () => {
    const done = await tried(async () => {
      await engine.approveFinish();
      return true;
    });
    if (done) say(t('devices.letIn.done', { name: met?.name ?? '' }));
    onClose();
  };
  return (
    <Sheet title={t('devices.letIn')} onClose={stop}>
      {met ? (
        <>
          <p>{t('pair.compare', { name: met.name })}</p>
          <Words words={met.words} />
          <p class="hint">{t('pair.differ')}</p>
          <div class="actions">
            <Button onClick={stop}>{t('pair.no')}</Button>
            <Button look="main" onClick={finish}>
              {t('pair.yes')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p>{t('devices.letIn.text')}</p>
          <Scan
            onFound={(link) => {
              type(link);
              void start(link);
            }}
          />
          <Field label={t('pair.code')} value={typed} onInput={type} code autofocus error={error} hint={t('pair.code.hint')} />
          <div class="actions">
            <Button onClick={stop}>{t('cancel')}</Button>
            <Button look="main" busy={waiting} onClick={() => start()} disabled={typed.trim() === ''}>
              {waiting ? t('pair.waiting') : t('continue')}
            </Button>
          </div>
        </>
      )}
    </Sheet>
  );
}
