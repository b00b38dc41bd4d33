/** A newer version of the app is here: said, not forced. */
import { t } from './i18n';
import { Button } from './kit';
import { newVersion, takeNewVersion } from './shell-worker';

const later = (): void => {
  newVersion.value = null;
};

export function NewVersion() {
  if (!newVersion.value) return null;
  return (
    <section class="waiting-bar calm" aria-label={t('version.title')}>
      <p role="status">{t('version.title')}</p>
      <Button look="quiet" onClick={later}>
        {t('version.later')}
      </Button>
      <Button onClick={takeNewVersion}>{t('version.take')}</Button>
    </section>
  );
}
