#!/usr/bin/env node
// check-arrows.mjs [FOLDER]: which back-end modules may depend on which. The layers are listed from bottom to top; a module may
// use lower layers and, within its layer, earlier modules. It reads `use` lines and paths in the code; unit tests may use
// anything.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const LAYERS = [
  // Nothing here depends on the program's purpose.
  ['ground', ['error', 'config', 'id', 'panics', 'local_time', 'ordering', 'signer', 'signed_id', 'telemetry']],
  ['worlds', ['supervisor', 'db', 'cache', 'embedded', 'search', 'http', 'off_runtime', 'rate_limit', 'quotas']],
  ['events', ['events']],
  ['outbox', ['outbox']],
  [
    'features',
    [
      'users', 'auth', 'notifications', 'projects', 'tags', 'reminders', 'due', 'profile', 'tasks', 'dashboard', 'webhooks', 'notices', 'deliveries',
      'announcements', 'erasure', 'exports', 'account_deletion', 'accounts', 'sign_in',
    ],
  ],
  ['mailer', ['mailer']],
  ['live', ['live']],
  ['state', ['state']],
  ['work', ['scheduled', 'jobs', 'ops']],
  ['router', ['openapi', 'router', 'server']],
  ['cli', ['cli']],
]

// Current exceptions and their reasons: `file -> module`.
const EXCEPTIONS = new Map()

// These may depend on more than themselves and lower layers:
const NARROWER = new Map([
  ['live', { mayNot: (target) => layerOf(target)?.name === 'features' && target !== 'auth', rule: 'of the features, live knows auth alone' }],
])

const order = new Map()
for (const [layer, modules] of LAYERS) for (const module of modules) order.set(module, { layer, rank: order.size })

const layerOf = (module) => {
  const found = order.get(module)
  return found && { name: found.layer }
}

/** What a path reaches: the rule that forbids it, or undefined. */
function forbids(from, to) {
  const [source, target] = [order.get(from), order.get(to)]
  if (!source) return `${from} stands in no layer of scripts/check-arrows.mjs`
  if (!target) return `${to} stands in no layer of scripts/check-arrows.mjs`
  if (target.rank > source.rank) {
    return source.layer === target.layer
      ? `within ${source.layer}, ${from} stands before ${to}`
      : `${from} is of the layer ${source.layer}, below ${to} of ${target.layer}`
  }
  const narrower = NARROWER.get(from)
  return narrower?.mayNot(to) ? narrower.rule : undefined
}

/** The code without comments, texts and unit tests, each line where it was. */
export function codeOf(text) {
  const blank = (part) => part.replace(/[^\n]/g, ' ')
  return text
    .replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|r(#+)"[\s\S]*?"\1|r"[^"]*"|"(?:\\[\s\S]|[^"\\])*"/g, blank)
    .replace(/^#\[cfg\(test\)\]\nmod tests \{\n[\s\S]*?^\}/gm, blank)
}

/** Which top-level modules a file names: the line, and the module. `path` is the file's module, as ['tasks', 'list', 'query']. */
export function namedModules(text, path) {
  const code = codeOf(text)
  const found = []
  const starts = /(?<![\w:])(crate|super|self)::((?:super::)*)/g
  for (let match = starts.exec(code); match; match = starts.exec(code)) {
    const base = baseOf(match[1], match[2], path)
    for (const { name, at } of firstNames(code, match.index + match[0].length)) {
      const module = base.length > 0 ? base[0] : name
      found.push({ line: code.slice(0, at).split('\n').length, module })
    }
  }
  return found
}

/** The module that a path begins from: of `crate` none. */
function baseOf(keyword, supers, path) {
  if (keyword === 'crate') return []
  const up = supers.length / 'super::'.length + (keyword === 'super' ? 1 : 0)
  return path.slice(0, Math.max(path.length - up, 0))
}

/** The first names after a path's beginning: one, or each of a group in braces. */
function firstNames(code, start) {
  const word = /\w+/y
  const names = []
  if (code[start] !== '{') {
    word.lastIndex = start
    const name = word.exec(code)?.[0]
    return name ? [{ name, at: start }] : []
  }
  let depth = 0
  let expects = false
  for (let at = start; at < code.length; at++) {
    const character = code[at]
    if (character === '{') {
      depth++
      expects = depth === 1
    } else if (character === '}') {
      if (--depth === 0) break
    } else if (character === ',' && depth === 1) {
      expects = true
    } else if (expects && depth === 1 && /\w/.test(character)) {
      word.lastIndex = at
      const name = word.exec(code)[0]
      names.push({ name, at })
      at += name.length - 1
      expects = false
    }
  }
  return names
}

function rustFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rs'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Every path against the arrows: the file, its line, and the rule. */
export function check(root, exceptions = EXCEPTIONS) {
  const wrong = []
  const unused = new Set(exceptions.keys())
  for (const file of rustFiles(root)) {
    const name = relative(root, file)
    const path = name.replace(/\.rs$/, '').split('/')
    if (path.at(-1) === 'mod') path.pop()
    if (path[0] === 'lib' || path[0] === 'main') continue
    for (const { line, module } of namedModules(readFileSync(file, 'utf8'), path)) {
      if (module === path[0]) continue
      const rule = forbids(path[0], module)
      if (!rule) continue
      const exception = `${name} -> ${module}`
      if (exceptions.has(exception)) unused.delete(exception)
      else wrong.push(`${file}:${line}: names ${module}: ${rule}`)
    }
  }
  for (const exception of unused) wrong.push(`scripts/check-arrows.mjs: nothing needs the exception ${exception} any more: remove it`)
  return wrong
}

if (import.meta.filename === process.argv[1]) {
  const wrong = check(process.argv[2] ?? join(import.meta.dirname, '../backend/src'))
  for (const line of wrong) console.error(line)
  if (wrong.length > 0) {
    console.error(`\n${wrong.length} against the arrows of docs/architecture.md ("Arrows")`)
    process.exit(1)
  }
}
