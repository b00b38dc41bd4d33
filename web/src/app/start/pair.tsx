/** Being let in by another device: a code to type there, four words to compare on both screens. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { Button, Words } from '../kit';
import { Later } from '../later';
import { engine, phase, problemText } from '../session';
import { About, limitsOf, useAbout } from './about';

/** 493028117 as 493-028-117. */
const spacedCode = (code: string): string => `${code.slice(0, 3)}-${code.slice(3, 6)}-${code.slice(6)}`;

type Step =
  | { at: 'about' }
  | { at: 'code'; code: string; link: string }
  | { at: 'words'; words: string[] }
  | { at: 'waiting' }
  | { at: 'failed'; why: string };

export function Pair({ onBack }: { onBack: () => void }) {
  const [step, go] = useState<Step>({ at: 'about' });
  const [about, setAbout] = useAbout();
  useEffect(() => () => void engine.pairStop(), []);
  const failed = (e: unknown) => go({ at: 'failed', why: problemText(e) });
  const ask = async () => {
    try {
      const { code, link } = await engine.pairStart(about.name);
      go({ at: 'code', code, link });
      go({ at: 'words', words: await engine.pairMeet() });
    } catch (e) {
      failed(e);
    }
  };
  const yes = async () => {
    go({ at: 'waiting' });
    try {
      await engine.pairFinish(...limitsOf(about));
      phase.value = 'ready';
      location.hash = '#/safety';
    } catch (e) {
      failed(e);
    }
  };
  const no = async () => {
    await engine.pairStop();
    onBack();
  };
  return (
    <section class="card step">
      <h2>{t('start.pair')}</h2>
      {step.at === 'about' && <About about={about} onChange={setAbout} onBack={onBack} onNext={ask} />}
      {step.at === 'code' && (
        <>
          <Later load={() => import('../qr')}>{(m) => <m.Qr text={step.link} label={t('pair.qr')} />}</Later>
          <p>{t('pair.show')}</p>
          <p class="code-large">{spacedCode(step.code)}</p>
          <p class="hint">{t('pair.show.cli', { command: `candor pair ${spacedCode(step.code)}` })}</p>
          <details>
            <summary>{t('pair.link')}</summary>
            <p class="mono wrap">{step.link}</p>
          </details>
          <Button onClick={no}>{t('cancel')}</Button>
        </>
      )}
      {step.at === 'words' && (
        <>
          <p>{t('pair.compare.new')}</p>
          <Words words={step.words} />
          <p class="hint">{t('pair.differ')}</p>
          <div class="actions">
            <Button onClick={no}>{t('pair.no')}</Button>
            <Button look="main" onClick={yes}>
              {t('pair.yes')}
            </Button>
          </div>
        </>
      )}
      {step.at === 'waiting' && <p aria-busy="true">{t('pair.finishing')}</p>}
      {step.at === 'failed' && (
        <>
          <p class="error" role="alert">
            {step.why}
          </p>
          <Button onClick={onBack}>{t('back')}</Button>
        </>
      )}
    </section>
  );
}
