/** The way back, tried before it is needed: the 24 words are typed from the paper, then a restore is tried, or the kit is printed again. Loaded when it is asked for. */
import { useState } from 'preact/hooks';
import type { Drill } from '../engine/engine';
import { KIND_NAMES } from '../protocol/ids';
import { number, t } from './i18n';
import { Button, Sheet } from './kit';
import { engine, notice, problemText } from './session';
import { WordEntry } from './start/words';

export function WayBack({ what, serverName, account, onClose }: { what: 'drill' | 'kit'; serverName: string; account: string; onClose: () => void }) {
  const [error, fail] = useState('');
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<Drill | null>(null);
  const [words, print] = useState<string[] | null>(null);
  const go = async (typed: string) => {
    fail('');
    setBusy(true);
    try {
      if (what === 'drill') setDone(await engine.drill(typed));
      else {
        await engine.checkOwnWords(typed);
        print(typed.trim().toLowerCase().split(/\s+/));
      }
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
      ) : words ? (
        <Kit words={words} serverName={serverName} account={account} />
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

function Kit({ words, serverName, account }: { words: string[]; serverName: string; account: string }) {
  return (
    <>
      <div class="print-kit">
        <h2>Candor</h2>
        <p>{t('wayBack.kit.paper')}</p>
        <dl class="facts">
          <div>
            <dt>{t('safety.server')}</dt>
            <dd>{`${location.origin} · ${serverName}`}</dd>
          </div>
          <div>
            <dt>{t('safety.id')}</dt>
            <dd class="mono">{account}</dd>
          </div>
        </dl>
        <ol class="words">
          {words.map((w, i) => (
            <li key={i}>{w}</li>
          ))}
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
