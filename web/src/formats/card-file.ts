/** A file of many cards, as phones and programs write them. */

/** The cards of a file, each with its bytes as text; what stands between them is left out. At most `max`. */
export function cutCards(file: string, max: number): string[] {
  const cards: string[] = [];
  let lines: string[] | null = null;
  for (const line of file.match(/[^\r\n]*(?:\r\n|\n|\r|$)/g) ?? []) {
    if (/^BEGIN[ \t]*:[ \t]*VCARD[ \t]*[\r\n]*$/i.test(line)) lines = [];
    lines?.push(line);
    if (lines && /^END[ \t]*:[ \t]*VCARD[ \t]*[\r\n]*$/i.test(line)) {
      const card = lines.join('');
      cards.push(/[\r\n]$/.test(card) ? card : `${card}\r\n`);
      lines = null;
      if (cards.length >= max) break;
    }
  }
  return cards;
}
