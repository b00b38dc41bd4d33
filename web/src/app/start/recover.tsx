/** Coming in by the 24 words alone. */
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { progressText } from '../progress';
import { engine, notice, phase, problemText } from '../session';
import { About, limitsOf, useAbout } from './about';
import { WordEntry } from './words';

export function Recover({ onBack }: { onBack: () => void }) {
  const [about, setAbout] = useAbout();
  const [named, name] = useState(false);
  const [error, fail] = useState('');
  const { progress } = notice.value;
  const recover = async (typed: string) => {
    try {
      await engine.recover(typed, about.name, ...limitsOf(about));
      phase.value = 'ready';
      location.hash = '#/safety';
    } catch (e) {
      fail(problemText(e));
    }
  };
  return (
    <section class="card step wide">
      <h2>{t('start.recover')}</h2>
      {named ? (
        <>
          <p>{t('recover.text')}</p>
          <WordEntry error={error} yes={t('recover.yes')} onYes={recover} onBack={() => name(false)} />
          {progress && (
            <>
              <p class="hint">{progressText(progress)}</p>
              <progress aria-label={t('sync.working')} max={progress.total} value={progress.done} />
            </>
          )}
        </>
      ) : (
        <About about={about} onChange={setAbout} onBack={onBack} onNext={() => name(true)} />
      )}
    </section>
  );
}
