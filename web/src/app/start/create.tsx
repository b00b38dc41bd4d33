/** A new account: its 24 words are shown once, and typed back before anything is made. */
import { useEffect, useState } from 'preact/hooks';
import type { ServerInfo } from '../../engine/engine';
import { CallFailed } from '../../engine/rpc';
import { t } from '../i18n';
import { Button, Field } from '../kit';
import { engine, phase, problemText, tried } from '../session';
import { About, limitsOf, useAbout } from './about';
import { WordEntry } from './words';

export function Create({ onBack }: { onBack: () => void }) {
  const [step, go] = useState<'about' | 'words' | 'back'>('about');
  const [about, setAbout] = useAbout();
  const [invite, setInvite] = useState('');
  const [server, setServer] = useState<ServerInfo | null>(null);
  const [words, setWords] = useState<string[]>([]);
  const [error, fail] = useState('');
  useEffect(() => {
    void tried(async () => {
      setServer(await engine.serverInfo());
      setWords((await engine.newWords()).split(' '));
    });
  }, []);
  if (server?.registration === 'closed') {
    return (
      <section class="card step">
        <h2>{t('create.closed')}</h2>
        <p>{t('create.closed.text')}</p>
        <Button onClick={onBack}>{t('back')}</Button>
      </section>
    );
  }
  const found = async (typed: string) => {
    if (typed.trim().toLowerCase().split(/\s+/).join(' ') !== words.join(' ')) {
      fail(t('create.notSame'));
      return;
    }
    try {
      await engine.found(words.join(' '), about.name, invite.trim(), ...limitsOf(about));
      phase.value = 'ready';
      location.hash = '#/safety';
    } catch (e) {
      fail(problemText(e));
      if (e instanceof CallFailed && e.failure.code === 'found-unsure') {
        setWords((await engine.newWords()).split(' '));
        go('words');
      }
    }
  };
  if (step === 'about') {
    return (
      <section class="card step">
        <h2>{t('start.create')}</h2>
        <About
          about={about}
          onChange={setAbout}
          onBack={onBack}
          onNext={() => go('words')}
          disabled={words.length === 0 || (server?.registration === 'invite' && invite.trim() === '')}
        >
          {server?.registration === 'invite' && (
            <Field label={t('create.invite')} hint={t('create.invite.hint')} value={invite} onInput={setInvite} code />
          )}
        </About>
      </section>
    );
  }
  if (step === 'words') {
    return (
      <section class="card step wide">
        <h2>{t('create.words')}</h2>
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <p>{t('create.words.text')}</p>
        <ol class="words">
          {words.map((w, i) => (
            <li key={i}>{w}</li>
          ))}
        </ol>
        <p class="notice">{t('create.words.warning')}</p>
        <div class="actions">
          <Button onClick={() => go('about')}>{t('back')}</Button>
          <Button
            look="main"
            onClick={() => {
              fail('');
              go('back');
            }}
          >
            {t('create.written')}
          </Button>
        </div>
      </section>
    );
  }
  return (
    <section class="card step wide">
      <h2>{t('create.typeBack')}</h2>
      <p>{t('create.typeBack.text')}</p>
      <WordEntry error={error} yes={t('create.yes')} onYes={found} onBack={() => go('words')} />
    </section>
  );
}
