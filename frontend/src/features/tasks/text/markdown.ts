// Markdown to nodes that are safe to show. Loaded only where a description is shown.
// HTML in the text is shown as text; an image becomes a link, so that reading a task calls nobody.
import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'
import markedCjkFriendly from 'marked-cjk-friendly'
import { isTooDeep, limitLookahead, TooComplex } from './markdownLimits'
import { endUrlsAtFullWidth } from './markdownUrl'

const TAGS =
  'a blockquote br code del em h1 h2 h3 h4 h5 h6 hr input li ol p pre strong table tbody td th thead tr ul'.split(
    ' ',
  )
const ATTRIBUTES = ['align', 'checked', 'disabled', 'href', 'start', 'title', 'type']

/** Each finds its direction by itself: a Hebrew paragraph may follow an English one. Code reads from the left. */
const BLOCKS = 'p, ul, ol, blockquote, h1, h2, h3, h4, h5, h6, td, th'

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const marked = new Marked(markedCjkFriendly(), {
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    image: ({ href, text }: Tokens.Image) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
  },
})
endUrlsAtFullWidth(marked)
const lookahead = limitLookahead(marked)

/** `null` when the text would take too long. */
function bounded<T>(text: string, read: () => T): T | null {
  if (isTooDeep(text)) return null
  lookahead.reset()
  try {
    return read()
  } catch (error) {
    if (error instanceof TooComplex) return null
    throw error
  }
}

function secureLink(link: Element): void {
  const href = link.getAttribute('href') ?? ''
  if (!/^(https?:|mailto:)/i.test(href)) return link.removeAttribute('href')
  link.setAttribute('rel', 'noopener noreferrer nofollow')
  link.setAttribute('target', '_blank')
}

/** The list items with a checkbox, in the order of the page; none in parts that are not rendered. */
export function lexMarkdown(text: string): Tokens.ListItem[] {
  const items: Tokens.ListItem[] = []
  const tokens = bounded(text, () => marked.lexer(text))
  if (tokens === null) return items
  marked.walkTokens(tokens, (token) => {
    if (token.type === 'list_item' && token.task) items.push(token as Tokens.ListItem)
  })
  return items
}

/** `null` for what would take too long to render: it is shown as it was typed. */
export function renderMarkdown(text: string): DocumentFragment | null {
  const html = bounded(text, () => marked.parse(text, { async: false }))
  if (html === null) return null
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    RETURN_DOM_FRAGMENT: true,
  })
  fragment.querySelectorAll('a').forEach(secureLink)
  for (const block of fragment.querySelectorAll<HTMLElement>(BLOCKS)) block.dir = 'auto'
  return fragment
}
