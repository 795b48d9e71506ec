// The styles of the whole page (src/styles) are a file of their own, and come before those of its parts, which win over them. The bundler
// puts the files in another order, which it does not promise either.
import type { Plugin } from 'vite'

const BASE = /^\s*<link rel="stylesheet"[^>]*\/base-[^>]*>\n/m
const FIRST = /^\s*<link rel="stylesheet"/m

export function moveBaseFirst(html: string): string {
  const [base] = BASE.exec(html) ?? []
  if (base === undefined) throw new Error('index.html has no base styles')
  const rest = html.replace(base, '')
  return rest.replace(FIRST, (first) => base + first)
}

export function baseStylesFirst(): Plugin {
  return {
    name: 'base-styles-first',
    apply: 'build',
    transformIndexHtml: { order: 'post', handler: moveBaseFirst },
  }
}
