/** Coming in by the password and the account secret of the kit. Stretching the password takes the time that a guesser would need for each guess. */
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { Button, Field } from '../kit';
import { engine, notice, phase, problemText } from '../session';
import { About, limitsOf, useAbout } from './about';

export function Password({ onBack }: { onBack: () => void }) {
  const [about, setAbout] = useAbout();
  const [named, name] = useState(false);
  const [password, setPassword] = useState('');
  const [secret, setSecret] = useState('');
  const [error, fail] = useState('');
  const [busy, setBusy] = useState(false);
  const comeIn = async () => {
    fail('');
    setBusy(true);
    try {
      await engine.recoverByPassword(password, secret, about.name, ...limitsOf(about));
      phase.value = 'ready';
      location.hash = '#/safety';
    } catch (e) {
      fail(problemText(e));
    }
    setBusy(false);
  };
  const { progress } = notice.value;
  return (
    <section class="card step wide">
      <h2>{t('start.password')}</h2>
      {!named ? (
        <About about={about} onChange={setAbout} onBack={onBack} onNext={() => name(true)} />
      ) : (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (password !== '' && secret !== '' && !busy) void comeIn();
          }}
        >
          <p>{t('password.text')}</p>
          <Field label={t('password.password')} value={password} onInput={setPassword} secret autofocus />
          <Field label={t('password.secret')} hint={t('password.secret.hint')} value={secret} onInput={setSecret} code />
          {error && (
            <p class="error" role="alert">
              {error}
            </p>
          )}
          {busy && (
            <>
              <p aria-live="polite">{t('password.working')}</p>
              <progress aria-label={t('password.working')} max={100} value={progress?.total === 100 ? progress.done : undefined} />
            </>
          )}
          <div class="actions">
            <Button onClick={() => name(false)} disabled={busy}>
              {t('back')}
            </Button>
            <Button look="main" type="submit" busy={busy} disabled={password === '' || secret === ''}>
              {t('recover.yes')}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
