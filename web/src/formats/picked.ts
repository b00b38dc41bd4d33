/** Contacts that a phone's own picker hands to a page (Contact Picker API), as cards: what a person ticked, and nothing else of the phone. */
import { fold } from './card';

/** A field is there only where the page asked for it and the phone has it. */
export interface Picked {
  readonly name?: readonly string[];
  readonly tel?: readonly string[];
  readonly email?: readonly string[];
  readonly address?: readonly PickedAddress[];
}

export interface PickedAddress {
  readonly addressLine?: readonly string[];
  readonly city?: string;
  readonly region?: string;
  readonly postalCode?: string;
  readonly country?: string;
}

const MOST_VALUES = 100;

/** vCard 3.0 (RFC 2426), one card for each that has a name, a number or an address. */
export function cardsOf(picked: readonly Picked[]): string {
  return picked.map(cardOf).join('');
}

function cardOf(one: Picked): string {
  const tel = filled(one.tel);
  const email = filled(one.email);
  const name = filled(one.name)[0] ?? tel[0] ?? email[0];
  if (name === undefined) return '';
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `FN:${escaped(name)}`,
    ...tel.map((v) => `TEL:${escaped(v)}`),
    ...email.map((v) => `EMAIL:${escaped(v)}`),
    ...(one.address ?? []).slice(0, MOST_VALUES).map(addressLine),
    'END:VCARD',
  ];
  return lines.map(fold).join('');
}

function addressLine(a: PickedAddress): string {
  const street = filled(a.addressLine).join(', ');
  return `ADR:${['', '', street, a.city ?? '', a.region ?? '', a.postalCode ?? '', a.country ?? ''].map(escaped).join(';')}`;
}

const filled = (values: readonly string[] | undefined): string[] =>
  (values ?? [])
    .map((v) => v.trim())
    .filter((v) => v !== '')
    .slice(0, MOST_VALUES);

const escaped = (text: string): string =>
  text
    .replace(/\r\n|\r/g, '\n')
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n');
