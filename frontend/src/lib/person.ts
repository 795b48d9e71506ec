// How a person is shown where there is little room: initials on a colour of their own.

/** Two letters of a name in letters, one character of a name in characters. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s@._-]+/)
    .filter(Boolean)
  const [first = '?', ...rest] = words
  const firstCharacter = [...first][0] ?? '?'
  if (/\p{Script=Han}|\p{Script=Hangul}|\p{Script=Kana}/u.test(firstCharacter)) return firstCharacter
  const last = rest.at(-1)
  return (firstCharacter + (last ? ([...last][0] ?? '') : '')).toLocaleUpperCase()
}

/** The same person has the same hue everywhere. */
export function hueOf(id: string): number {
  let hash = 0
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return hash % 360
}
