// Puts the global styles (src/styles) in their own file, before those of components, which override them. The bundler's own order is
// different and not guaranteed.
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
