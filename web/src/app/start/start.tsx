/** Getting in: three doors, and for each the few steps behind it. */
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { Icon, type IconName } from '../icons';
import { Later } from '../later';
import { Create } from './create';
import { Pair } from './pair';
import { Recover } from './recover';

type Door = 'create' | 'recover' | 'pair' | 'password';
const DOORS: { door: Door; icon: IconName }[] = [
  { door: 'create', icon: 'add' },
  { door: 'pair', icon: 'pair' },
  { door: 'recover', icon: 'key' },
  { door: 'password', icon: 'lock' },
];

export function Start() {
  const [door, open] = useState<Door | null>(null);
  const back = () => open(null);
  return (
    <main class="welcome">
      <header class="welcome-head">
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>Candor</h1>
        {!door && <p>{t('start.text')}</p>}
      </header>
      {door === 'create' && <Create onBack={back} />}
      {door === 'recover' && <Recover onBack={back} />}
      {door === 'pair' && <Pair onBack={back} />}
      {door === 'password' && <Later load={() => import('./password')}>{(m) => <m.Password onBack={back} />}</Later>}
      {!door && (
        <>
          <ul class="doors">
            {DOORS.map((d) => (
              <li key={d.door}>
                <button type="button" class="door" onClick={() => open(d.door)}>
                  <span class="badge">
                    <Icon name={d.icon} />
                  </span>
                  <span class="grow">
                    <strong>{t(`start.${d.door}`)}</strong>
                    <small>{t(`start.${d.door}.text`)}</small>
                  </span>
                  <Icon name="next" />
                </button>
              </li>
            ))}
          </ul>
          <p class="promise">
            <Icon name="lock" />
            {t('start.promise', { host: location.host })}
          </p>
        </>
      )}
    </main>
  );
}
