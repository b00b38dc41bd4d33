/** The way back, tried before it is needed: the 24 words are typed from the paper, then a restore is tried, or the kit is printed again. Loaded when it is asked for. */
import { useState } from 'preact/hooks';
import type { Drill, Kit as KitOf } from '../engine/engine';
import { KIND_NAMES } from '../protocol/ids';
import { day, number, t } from './i18n';
import { Button, Sheet } from './kit';
import { Later } from './later';
import { engine, notice, problemText } from './session';
import { WordEntry } from './start/words';

export function WayBack({ what, serverName, account, onClose }: { what: 'drill' | 'kit'; serverName: string; account: string; onClose: () => void }) {
  const [error, fail] = useState('');
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<Drill | null>(null);
  const [printed, print] = useState<{ words: string[]; kit: KitOf } | null>(null);
  const go = async (typed: string) => {
    fail('');
    setBusy(true);
    try {
      if (what === 'drill') setDone(await engine.drill(typed));
      else print({ kit: await engine.kit(typed), words: typed.trim().toLowerCase().split(/\s+/) });
    } catch (e) {
      fail(problemText(e));
    }
    setBusy(false);
  };
  const { progress } = notice.value;
  return (
    <Sheet title={t(`wayBack.${what}`)} onClose={onClose} wide>
      {done ? (
        <Result drill={done} />
      ) : printed ? (
        <Kit {...printed} serverName={serverName} account={account} />
      ) : (
        <>
          <p>{t(`wayBack.${what}.text`)}</p>
          {busy && what === 'drill' && (
            <>
              <p aria-live="polite">{t('wayBack.working')}</p>
              <progress aria-label={t('wayBack.working')} max={progress?.total || undefined} value={progress?.total ? progress.done : undefined} />
            </>
          )}
          <WordEntry error={error} yes={t(`wayBack.${what}.yes`)} onYes={go} onBack={onClose} />
        </>
      )}
    </Sheet>
  );
}

function Result({ drill }: { drill: Drill }) {
  const whole = drill.kinds.every((k) => k.opened === k.tried);
  return (
    <>
      <h3>{whole ? t('wayBack.whole') : t('wayBack.lost')}</h3>
      <p>{t('wayBack.log', { count: drill.commits })}</p>
      <dl class="facts">
        {drill.kinds.map((k) => (
          <div key={k.kind}>
            <dt>{t(`nav.${KIND_NAMES[k.kind]}`)}</dt>
            <dd>{t('wayBack.opened', { opened: k.opened, tried: k.tried, all: number(k.all) })}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** One sheet of paper with what `candor kit` prints. The code says where the account is, and nothing secret: what opens it is typed. */
function Kit({ words, kit, serverName, account }: { words: string[]; kit: KitOf; serverName: string; account: string }) {
  const link = `candor:kit?v=1&server=${encodeURIComponent(location.origin)}&account=${account}&key=${kit.serverKey.replaceAll('-', '')}`;
  return (
    <>
      <div class="print-kit">
        <div class="kit-head">
          <div class="grow">
            <h2>{t('wayBack.kit.title')}</h2>
            <p>{t('wayBack.kit.made', { when: day(Date.now()) })}</p>
            <p>{t('wayBack.kit.paper')}</p>
          </div>
          <Later load={() => import('./qr')}>{(m) => <m.Qr text={link} label={t('wayBack.kit.qr')} />}</Later>
        </div>
        <dl class="facts">
          <Fact name={t('safety.server')} value={`${location.origin} · ${serverName}`} />
          <Fact name={t('wayBack.kit.key')} value={kit.serverKey} mono />
          <Fact name={t('safety.id')} value={account} mono />
        </dl>
        <h3>{t('wayBack.kit.words')}</h3>
        <ol class="words" dir="ltr">
          {words.map((w, i) => (
            <li key={i}>{w}</li>
          ))}
        </ol>
        <h3>{t('password.secret')}</h3>
        {kit.secret ? (
          <>
            <p class="kit-secret mono" dir="ltr">
              {kit.secret}
            </p>
            <p>{t('wayBack.kit.secret')}</p>
          </>
        ) : (
          <p>{t('wayBack.kit.noSecret')}</p>
        )}
        <h3>{t('wayBack.kit.lost')}</h3>
        <ol class="kit-steps">
          <li>{t('wayBack.kit.step1', { address: location.origin })}</li>
          <li>{t('wayBack.kit.step2')}</li>
          <li>{t('wayBack.kit.step3')}</li>
        </ol>
      </div>
      <div class="actions">
        <Button look="main" onClick={() => window.print()}>
          {t('wayBack.print')}
        </Button>
      </div>
    </>
  );
}

function Fact({ name, value, mono = false }: { name: string; value: string; mono?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={mono ? 'mono' : ''} dir="ltr">
        {value}
      </dd>
    </div>
  );
}
