/** A count that goes on, in words: how much of it, how many a second, how long it takes. */
import type { Notice } from '../engine/rpc';
import { duration, number, t } from './i18n';

export function progressText({ done, total, rate }: NonNullable<Notice['progress']>): string {
  if (total === 0) return t('sync.done', { done });
  const pace = rate < 1 ? [] : [t('upload.rate', { rate: number(Math.round(rate)) }), t('upload.left', { time: duration((total - done) / rate) })];
  return [t('sync.of', { done, total }), ...pace].join(' ');
}
