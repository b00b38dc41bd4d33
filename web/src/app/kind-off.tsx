/** What stands in a kind's place while it is off, and the sheet on which a person turns it on: what leaves, to where, under which law. */
import { useState } from 'preact/hooks';
import type { Overview } from '../engine/engine';
import { KIND_NAMES, type Kind } from '../protocol/ids';
import { number, t } from './i18n';
import type { IconName } from './icons';
import { Button, Empty, Sheet } from './kit';
import { engine, tried, useEngine } from './session';

export const useOverview = (): Overview | undefined => useEngine(() => engine.overview());

/** The text that the consent in the log carries the hash of: exactly what is shown, paragraph by paragraph. */
export function consentText(kind: Kind, overview: Overview, address: string): string[] {
  const where = overview.region ? t('consent.region', { region: overview.region }) : '';
  const law = overview.law ? t('consent.law', { law: overview.law }) : '';
  const untold = overview.region && overview.law ? '' : t('consent.untold');
  return [
    t(`consent.what.${KIND_NAMES[kind]}`),
    [t('consent.to', { address, name: overview.serverName }), where, law, untold].filter((p) => p !== '').join(' '),
    t('consent.sealed'),
    t('consent.off'),
  ];
}

export function ConsentSheet({ kind, overview, onClose }: { kind: Kind; overview: Overview; onClose: () => void }) {
  const text = consentText(kind, overview, location.host);
  const name = t(`nav.${KIND_NAMES[kind]}`);
  return (
    <Sheet title={t('consent.title', { kind: name })} onClose={onClose}>
      <div class="consent">
        {text.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
      </div>
      <div class="actions">
        <Button onClick={onClose}>{t('consent.notNow')}</Button>
        <Button
          look="main"
          onClick={async () => {
            await tried(() => engine.turnOn(kind, overview.law, text.join('\n\n')));
            onClose();
          }}
        >
          {t('consent.yes')}
        </Button>
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
