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

function parse(text: string): string | null {
  if (isTooDeep(text)) return null
  lookahead.reset()
  try {
    return marked.parse(text, { async: false })
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

/** `null` for what would take too long to render: it is shown as it was typed. */
export function renderMarkdown(text: string): DocumentFragment | null {
  const html = parse(text)
  if (html === null) return null
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    RETURN_DOM_FRAGMENT: true,
  })
  fragment.querySelectorAll('a').forEach(secureLink)
  return fragment
}
