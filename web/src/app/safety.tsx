/** Is everything safe? What is on, what is here, what was verified, and leaving this browser. */
import { useState } from 'preact/hooks';
import type { KindRow, Overview } from '../engine/engine';
import { KIND_NAMES, type Kind } from '../protocol/ids';
import { Coming } from './devices';
import { ago, bytes, dayTime, loadLocale, locale, locales, number, t } from './i18n';
import { Icon } from './icons';
import { ConsentSheet, useOverview } from './kind-off';
import { Button, Confirm, Switch } from './kit';
import { Later } from './later';
import { engine, notice, phase, tried, useEngine } from './session';

export function Safety() {
  const overview = useOverview();
  const usage = useEngine(() => engine.usage().catch(() => null));
  const [asking, ask] = useState<Kind | null>(null);
  const [turningOff, turnOff] = useState<Kind | null>(null);
  const [leaving, leave] = useState(false);
  const [wayBack, goBack] = useState<'drill' | 'kit' | null>(null);
  if (!overview) return null;
  const { verifiedAt } = notice.value;
  return (
    <div class="page">
      <header class="view-head">
        <h1>{t('nav.safety')}</h1>
      </header>
      <Verdict overview={overview} />
      <Coming />
      <h2 class="section">{t('safety.kinds')}</h2>
      <ul class="cards">
        {overview.kinds.map((k) => (
          <KindLine key={k.kind} row={k} onSwitch={() => (k.on ? turnOff(k.kind) : ask(k.kind))} />
        ))}
      </ul>
      <h2 class="section">{t('safety.account')}</h2>
      <dl class="facts card">
        <Fact name={t('safety.server')} value={overview.serverName} />
        <Fact name={t('safety.region')} value={overview.region} />
        <Fact name={t('safety.law')} value={overview.law} />
        {usage && (
          <Fact
            name={t('safety.used')}
            value={usage.quota > 0 ? t('safety.usedOf', { used: bytes(usage.bytes), quota: bytes(usage.quota) }) : bytes(usage.bytes)}
          />
        )}
        <Fact name={t('safety.changes')} value={number(overview.size)} />
        <Fact name={t('safety.root')} value={overview.root.match(/.{8}/g)?.slice(0, 4).join(' ') ?? ''} mono />
        <Fact name={t('safety.verified')} value={verifiedAt ? ago(verifiedAt) : t('safety.notYet')} />
        <Fact name={t('safety.id')} value={overview.account} mono />
        {overview.hasPeople && <Fact name={t('safety.people')} value={t('safety.people.set')} />}
        {overview.until !== null && <Fact name={t('safety.until')} value={dayTime(overview.until)} />}
      </dl>
      <h2 class="section">{t('wayBack')}</h2>
      {(['drill', 'kit'] as const).map((what) => (
        <div key={what} class="card line">
          <div class="grow">
            <h3>{t(`wayBack.${what}`)}</h3>
            <p>{t(`wayBack.${what}.short`)}</p>
          </div>
          <Button onClick={() => goBack(what)}>{t(`wayBack.${what}.yes`)}</Button>
        </div>
      ))}
      {wayBack && (
        <Later load={() => import('./way-back')}>
          {(m) => <m.WayBack what={wayBack} serverName={overview.serverName} account={overview.account} onClose={() => goBack(null)} />}
        </Later>
      )}
      <h2 class="section">{t('safety.browser')}</h2>
      <div class="card line">
        <div class="grow">
          <h3>{t('safety.language')}</h3>
        </div>
        <select aria-label={t('safety.language')} value={locale.value} onChange={(e) => void loadLocale(e.currentTarget.value)}>
          {locales.map((l) => (
            <option key={l} value={l}>
              {new Intl.DisplayNames([l], { type: 'language' }).of(l)}
            </option>
          ))}
        </select>
      </div>
      <div class="card line">
        <div class="grow">
          <h3>{t('safety.signOut')}</h3>
          <p>{t('safety.signOut.text')}</p>
        </div>
        <Button look="danger" onClick={() => leave(true)}>
          {t('safety.signOut')}
        </Button>
      </div>
      {asking && <ConsentSheet kind={asking} overview={overview} onClose={() => ask(null)} />}
      {turningOff && (
        <Confirm
          title={t('safety.turnOff.title', { kind: t(`nav.${KIND_NAMES[turningOff]}`) })}
          text={t('safety.turnOff.text')}
          yes={t('safety.turnOff.yes')}
          onClose={() => turnOff(null)}
          onYes={() => tried(() => engine.turnOff(turningOff))}
        />
      )}
      {leaving && (
        <Confirm
          title={t('safety.signOut.title')}
          text={`${notice.value.waiting > 0 ? `${t('safety.signOut.waiting', { count: notice.value.waiting })} ` : ''}${t('safety.signOut.confirm')}`}
          yes={t('safety.signOut')}
          onClose={() => leave(false)}
          onYes={() =>
            tried(async () => {
              await engine.signOut();
              location.hash = '';
              phase.value = 'fresh';
            })
          }
        />
      )}
    </div>
  );
}

/** One sentence, counted: what is on and can be shown, and what cannot. */
function Verdict({ overview }: { overview: Overview }) {
  const on = overview.kinds.filter((k) => k.on);
  const count = on.reduce((sum, k) => sum + k.count, 0);
  const unread = on.reduce((sum, k) => sum + k.unread, 0);
  const stopped = notice.value.sync === 'stopped';
  const coming = !stopped && unread > 0 && notice.value.sync === 'working';
  const look = stopped || (unread > 0 && !coming) ? 'warn' : 'good';
  return (
    <section class={`verdict ${look}`}>
      <span class="badge">
        <Icon name={look === 'good' ? 'safety' : 'alarm'} />
      </span>
      <div>
        <h2>
          {stopped
            ? t('safety.stopped')
            : coming
              ? t('safety.coming')
              : on.length === 0
                ? t('safety.nothingOn')
                : t('safety.count', { here: count - unread, all: count })}
        </h2>
        <p>
          {on.length === 0
            ? t('safety.nothingOn.text')
            : coming
              ? t('safety.coming.text')
              : unread > 0
                ? t('safety.unread', { unread })
                : t('safety.count.text')}
        </p>
      </div>
    </section>
  );
}

function KindLine({ row, onSwitch }: { row: KindRow; onSwitch: () => void }) {
  const name = KIND_NAMES[row.kind];
  const removed = row.removed > 0 ? ` · ${t('safety.removed', { removed: row.removed })}` : '';
  return (
    <li class="card line">
      <span class="badge small">
        <Icon name={name} />
      </span>
      <div class="grow">
        <h3>{t(`nav.${name}`)}</h3>
        <p>
          {row.leftOut
            ? t('safety.leftOut')
            : row.on
              ? t('safety.of', { here: row.count - row.unread, all: row.count }) + removed
              : row.exists
                ? t('safety.offThere')
                : t('safety.off')}
        </p>
      </div>
      <Switch label={t(`nav.${name}`)} on={row.on} disabled={row.leftOut} onChange={onSwitch} />
    </li>
  );
}

function Fact({ name, value, mono = false }: { name: string; value: string; mono?: boolean }) {
  if (value === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd class={mono ? 'mono' : ''}>{value}</dd>
    </div>
  );
}
