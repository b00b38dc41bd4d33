/** What stands in a kind's place while it is off, and the sheet on which a person turns it on: what leaves, to where, under which law. */
import { useEffect, useState } from 'preact/hooks';
import type { Overview, ServerInfo } from '../engine/engine';

import { KIND_NAMES, type Kind } from '../protocol/ids';
import { countryOf, isAgeKnown, isLaw, LAWS, ownConsentAge, refuses } from '../protocol/law';
import { nameOf, number, t } from './i18n';
import type { IconName } from './icons';
import { Button, Empty, Sheet } from './kit';
import { engine, tried, useEngine } from './session';

export const useOverview = (): Overview | undefined => useEngine(() => engine.overview());

/** Who consents: the person whose data it is, or a parent or guardian of theirs. */
type Who = 'own' | 'guardian';

/** The text that the consent in the log carries the hash of: exactly what is shown, paragraph by paragraph, and who said yes. */
export function consentText(kind: Kind, server: ServerInfo, law: string, address: string, who: Who): string[] {
  const where = server.region ? t('consent.region', { region: server.region }) : '';
  const under = law ? t('consent.law', { law: lawName(law) }) : '';
  const untold = server.region && law ? '' : t('consent.untold');
  const age = number(ownConsentAge(law));
  return [
    t(`consent.what.${KIND_NAMES[kind]}`),
    [t('consent.to', { address, name: server.name }), where, under, untold].filter((p) => p !== '').join(' '),
    t(isAgeKnown(law) ? 'consent.age' : 'consent.ageUnknown', { age }),
    t('consent.sealed'),
    t('consent.off'),
    t(`consent.said.${who}`, { age }),
  ];
}

/** The name of a law's place in the language that is shown, and its code. */
const lawName = (law: string): string => (isLaw(law) ? `${nameOf('region', countryOf(law).toUpperCase())} (${law})` : law);

/** Why nothing may be kept where the server says; empty: it may. */
function whyNot(signed: string, server: ServerInfo, law: string): string {
  const region = server.region || t('consent.nowhere');
  if (refuses(law, server.region)) return t('consent.refused', { law: lawName(law), statute: LAWS[law.toLowerCase()]!.statute, region });
  return signed !== '' && signed !== server.region ? t('consent.moved', { signed, region }) : '';
}

export function ConsentSheet({ kind, overview, onClose }: { kind: Kind; overview: Overview; onClose: () => void }) {
  const [server, told] = useState<ServerInfo | null>(null);
  // Asked now, and not taken from memory: it is what the person agrees to.
  useEffect(() => void tried(async () => told(await engine.serverInfo())), []);
  const [chosen, choose] = useState<string | null>(null);
  const title = t('consent.title', { kind: t(`nav.${KIND_NAMES[kind]}`) });
  if (!server)
    return (
      <Sheet title={title} onClose={onClose}>
        <p>{t('sync.working')}</p>
      </Sheet>
    );
  const law = chosen ?? (overview.law || server.law);
  const refusal = whyNot(overview.region, server, law);
  const moved = refusal !== '' && !refuses(law, server.region) && server.region !== '';
  const age = number(ownConsentAge(law));
  const text = (who: Who) => consentText(kind, server, law, location.host, who);
  const turnOn = async (who: Who) => {
    await tried(() => engine.turnOn(kind, law, text(who).join('\n\n'), server.region));
    onClose();
  };
  return (
    <Sheet title={title} onClose={onClose}>
      <div class="consent">
        {refusal !== '' && <p role="alert">{refusal}</p>}
        {text('own')
          .slice(0, -1)
          .map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
      </div>
      <label class="law">
        <span>{t('consent.chooseLaw')}</span>
        <select value={law} onChange={(e) => choose(e.currentTarget.value)}>
          {[...new Set([law, '', ...Object.keys(LAWS)])].map((code) => (
            <option key={code} value={code}>
              {code === '' ? t('consent.lawUnsaid') : lawName(code)}
            </option>
          ))}
        </select>
      </label>
      <div class="actions">
        <Button onClick={onClose}>{t('consent.notNow')}</Button>
        {moved && <Button onClick={() => tried(() => engine.signRegion(server.region, law))}>{t('consent.agreeMove')}</Button>}
        {refusal === '' && <Button onClick={() => turnOn('guardian')}>{t('consent.guardian')}</Button>}
        {refusal === '' && (
          <Button look="main" onClick={() => turnOn('own')}>
            {t('consent.own', { age })}
          </Button>
        )}
      </div>
    </Sheet>
  );
}

/** Undefined while it is not known, or where the kind is on: then the view draws itself. */
export function KindOff({ kind, overview }: { kind: Kind; overview: Overview }) {
  const [asking, ask] = useState(false);
  const row = overview.kinds.find((k) => k.kind === kind)!;
  const name = KIND_NAMES[kind];
  const icon: IconName = name;
  if (row.leftOut)
    return (
      <Empty icon={icon} title={t('off.title', { kind: t(`nav.${name}`) })}>
        <p>{t('safety.leftOut')}</p>
      </Empty>
    );
  return (
    <Empty icon={icon} title={t('off.title', { kind: t(`nav.${name}`) })}>
      <p>{row.count > 0 ? t('off.there', { count: row.count, number: number(row.count) }) : t('off.text')}</p>
      <Button look="main" onClick={() => ask(true)}>
        {t('off.turnOn')}
      </Button>
      {asking && <ConsentSheet kind={kind} overview={overview} onClose={() => ask(false)} />}
    </Empty>
  );
}
