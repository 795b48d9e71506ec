// What a person types where tags are named. A tag has no comma in it, so one parts several: `work, home` and `工作，生活、家` too.
import { nameKey } from './fold'

/** The names in the order typed, each once. */
export function tagNames(text: string): string[] {
  const names: string[] = []
  for (const part of text.split(/[,，、]/)) {
    const name = part.trim()
    if (name && !names.some((other) => isSameTag(other, name))) names.push(name)
  }
  return names
}

export function isSameTag(one: string, other: string): boolean {
  return nameKey(one) === nameKey(other)
}
