import { expect, test } from 'vitest';
import { countryOf, isLaw, LAWS, ownConsentAge, refuses } from '../src/protocol/law';

test('G04 A law that keeps bytes inside lets them be nowhere else', () => {
  for (const law of Object.keys(LAWS)) {
    const strict = ['cn', 'id', 'ru'].includes(law);
    expect(refuses(law, law), law).toBe(false);
    expect(refuses(law.toUpperCase(), `${law} Capital`), law).toBe(false);
    for (const elsewhere of ['', 'us Virginia', 'russia', 'c', 'Moscow ru']) expect(refuses(law, elsewhere), `${law} in ${elsewhere}`).toBe(strict);
  }
  expect(['', 'xx', 'constructor'].map((law) => refuses(law, 'de'))).toEqual([false, false, false]);
  expect(['de', 'DE-BE', 'de Berlin', 'de, Berlin', 'den Haag', 'd', ''].map(countryOf)).toEqual(['de', 'de', 'de', 'de', '', '', '']);
});

test('G05 Each law has its age of consent, and where none is known the strictest counts', () => {
  expect(Object.keys(LAWS).length).toBe(42);
  expect(['eu', 'de', 'DE', 'fr', 'it', 'be', 'gb', 'kr', 'cn', 'in', 'br', 'us-ca', 'jp'].map(ownConsentAge)).toEqual([
    16, 16, 16, 15, 14, 13, 13, 14, 14, 18, 12, 13, 15,
  ]);
  expect(['ru', 'id', 'tw', 'vn', 'tr', 'au', '', 'xx', '__proto__'].map(ownConsentAge)).toEqual([18, 18, 18, 18, 18, 18, 18, 18, 18]);
  expect(isLaw('de') && !isLaw('toString') && !isLaw('')).toBe(true);
});
