// A finger leaves `:hover` on what it touched last. So every rule with it, in all style sheets, holds only where the pointer can hover.
import type { Plugin, Rule } from 'postcss'

/** Without what stands for hovering among others: `:is(:hover, :focus-within)` → `:is(:focus-within)`. */
function withoutHover(selector: string): string | null {
  const rest = selector.replaceAll(/:hover\s*,\s*|,\s*:hover(?=\s*[,)])/g, '')
  return rest.includes(':hover') ? null : rest
}

function isGuarded(rule: Rule): boolean {
  const { parent } = rule
  return parent?.type === 'atrule' && 'params' in parent && String(parent.params).includes('hover')
}

export function hoverMedia(): Plugin {
  return {
    postcssPlugin: 'hover-media',
    Once(root, { AtRule }) {
      root.walkRules(/:hover/, (rule) => {
        if (isGuarded(rule)) return
        const hovering = rule.selectors.filter((selector) => selector.includes(':hover'))
        const others = [
          ...rule.selectors.filter((selector) => !selector.includes(':hover')),
          ...hovering.flatMap((selector) => withoutHover(selector) ?? []),
        ]
        const media = new AtRule({ name: 'media', params: '(hover: hover)' })
        media.append(rule.clone({ selectors: hovering }))
        rule.after(media)
        if (others.length > 0) rule.selectors = others
        else rule.remove()
      })
    },
  }
}
