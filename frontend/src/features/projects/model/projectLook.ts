// The colours and icons that a project can have. Icons travel as short names, or as an emoji.
export const PROJECT_COLORS = [
  '#4f5bd5',
  '#2f80c2',
  '#14866d',
  '#5a8f29',
  '#b7791f',
  '#c8553d',
  '#c23b6b',
  '#8e4ec6',
  '#64748b',
] as const

/** The server's default: a plain dot in the project's colour. */
export const NO_ICON = 'dot'

export const PROJECT_ICONS = [
  'book',
  'briefcase',
  'cart',
  'flag',
  'gift',
  'home',
  'list',
  'plane',
  'rocket',
  'school',
  'star',
  'tools',
] as const

export type ProjectIconName = (typeof PROJECT_ICONS)[number]

export function isProjectIcon(value: string): value is ProjectIconName {
  return PROJECT_ICONS.some((name) => name === value)
}

export function isEmoji(value: string): boolean {
  return /\p{Extended_Pictographic}|\p{Emoji_Presentation}/u.test(value)
}
