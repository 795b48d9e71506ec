// What a key press means, decided before any handler of the page sees it.

/**
 * Whether the key belongs to an input method: it chooses or takes back what is being composed. Safari ends the composition
 * before it reports the key that ended it, and marks that one with the code 229 alone (UI Events, section 7.3.1).
 */
export function isComposing({
  isComposing,
  keyCode,
}: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return isComposing || keyCode === 229
}

/**
 * Keeps the keys of compositions from every handler, the libraries' too: Escape that takes a composition back closes no
 * panel, and Enter that ends one sends no form. What the browser does with the key stays. Begun before the page is there,
 * so that no listener comes before it; returns the way to end it.
 */
export function withholdCompositionKeys(target: Window): () => void {
  const withhold = (event: KeyboardEvent): void => {
    if (isComposing(event)) event.stopImmediatePropagation()
  }
  target.addEventListener('keydown', withhold, { capture: true })
  target.addEventListener('keyup', withhold, { capture: true })
  return () => {
    target.removeEventListener('keydown', withhold, { capture: true })
    target.removeEventListener('keyup', withhold, { capture: true })
  }
}

/**
 * The key that a shortcut of one letter is compared with, in lower case. A layout with Latin letters decides itself (AZERTY's A
 * is an A); on any other it is the letter that a US keyboard has in that place, as it is printed on Cyrillic, Greek, Arabic and
 * Hebrew keyboards too. Other keys come as they are.
 */
export function shortcutKey({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): string {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase()
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? []
  return letter !== undefined && [...key].length === 1 ? letter.toLowerCase() : key
}
