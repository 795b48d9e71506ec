// Normal forms of text, as the server has them (backend/src/search/fold.rs): `fold.cases.json` holds the two together. In what is
// compared here traditional characters stay as they are: the table for them is the server's.

/** Without differences of width, composition and case. */
export function fold(text: string): string {
  // Via upper case, so that ß and ẞ become ss; in lower case a final sigma differs and a Turkish I keeps its dot.
  const folded = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
  return folded.replaceAll('ς', 'σ').replaceAll('i\u0307', 'i')
}

/** Invisible characters, except flag tags and emoji joiners. */
const INVISIBLE =
  /(?![\u200d\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}|\u200d(?![\u2190-\u2bff\u{1f000}-\u{1faff}])/gu

/** What makes two names the same. */
export function nameKey(name: string): string {
  return fold(name).replace(INVISIBLE, '').replace(/\s+/gu, ' ').trim()
}

/** Accents of Latin, Greek and Cyrillic letters, points of Hebrew, vowel signs of Arabic. */
const OPTIONAL_MARK =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08ff]/gu

const PLAIN: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ŧ: 't', ı: 'i', æ: 'ae', œ: 'oe' }

/** A folded text as it is found whether or not its accents are typed. */
export function loose(folded: string): string {
  const bare = folded.normalize('NFD').replace(OPTIONAL_MARK, '').normalize('NFC')
  return bare.replace(/[øłđħŧıæœ]/gu, (letter) => PLAIN[letter] ?? letter)
}

/** What a filter compares: parts of it match whatever their accents. */
export function searchForm(text: string): string {
  return loose(nameKey(text))
}

/** Whether it has that part, whatever the accents of either. */
export function hasPart(text: string, part: string): boolean {
  return searchForm(text).includes(searchForm(part))
}
