// Markdown to nodes that are safe to show. Loaded only where a description is shown.
// HTML in the text is shown as text; an image becomes a link, so that reading a task calls nobody.
import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'

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

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    image: ({ href, text }: Tokens.Image) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
  },
})

function secureLink(link: Element): void {
  const href = link.getAttribute('href') ?? ''
  if (!/^(https?:|mailto:)/i.test(href)) return link.removeAttribute('href')
  link.setAttribute('rel', 'noopener noreferrer nofollow')
  link.setAttribute('target', '_blank')
}

/** The list items with a checkbox, in the order of the page. */
export function lexMarkdown(text: string): Tokens.ListItem[] {
  const items: Tokens.ListItem[] = []
  marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type === 'list_item' && token.task) items.push(token as Tokens.ListItem)
  })
  return items
}

export function renderMarkdown(text: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(marked.parse(text, { async: false }), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    RETURN_DOM_FRAGMENT: true,
  })
  fragment.querySelectorAll('a').forEach(secureLink)
  for (const block of fragment.querySelectorAll<HTMLElement>(BLOCKS)) block.dir = 'auto'
  return fragment
}
