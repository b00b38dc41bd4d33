import { expect, test } from 'vitest';
import { cutCards } from '../src/formats/card-file';
import { readPlainCard } from '../src/formats/card-plain';
import { cardsOf } from '../src/formats/picked';

test('What a phone’s picker hands over becomes cards that are read as the same', () => {
  const file = cardsOf([
    {
      name: ['Pia; Picked, \\ née\r\nOld', 'Other'],
      tel: ['+49 1', ' ', '2'],
      email: ['pia@example.org'],
      address: [{ addressLine: ['1 Long; Street', 'Back'], city: 'Oslo', postalCode: '0150', country: 'NO' }],
    },
    { tel: ['3'] },
    { name: [' '] },
    {},
  ]);
  const cards = cutCards(file, 10);
  expect(cards).toHaveLength(2);
  expect(cards[0]).toBe(
    'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pia\\; Picked\\, \\\\ née\\nOld\r\nTEL:+49 1\r\nTEL:2\r\nEMAIL:pia@example.org\r\nADR:;;1 Long\\; Street\\, Back;Oslo;;0150;NO\r\nEND:VCARD\r\n',
  );
  expect(cards[1]).toBe('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:3\r\nTEL:3\r\nEND:VCARD\r\n');
  for (const card of cards) expect(readPlainCard(new TextEncoder().encode(card))).not.toBeNull();
  expect(cardsOf([{ name: ['END:VCARD\r\nBEGIN:VCARD\n'] }]).match(/^END:VCARD/gm)).toHaveLength(1);
  expect(
    Math.max(
      ...cardsOf([{ name: ['字'.repeat(200)] }])
        .split('\r\n')
        .map((l) => new TextEncoder().encode(l).length),
    ),
  ).toBeLessThanOrEqual(75);
});
