// Text as it is compared: full width as half width, capitals as small letters, accents as nothing.
export function foldText(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

/** Whether it has that part. */
export function hasPart(text: string, part: string): boolean {
  return foldText(text).includes(foldText(part))
}
