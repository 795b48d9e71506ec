// Fails when the script that index.html loads for the first page weighs more than the budget, gzipped.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGET = 200 * 1000
const dist = new URL('../dist/', import.meta.url).pathname
const html = readFileSync(join(dist, 'index.html'), 'utf8')

const tags = html.match(/<(?:script|link)\b[^>]*>/g) ?? []
const files = tags
  .filter((tag) => tag.startsWith('<script') || tag.includes('modulepreload'))
  .map((tag) => /(?:src|href)="\/?([^"]+\.js)"/.exec(tag)?.[1])
  .filter((file) => file !== undefined)

const sizes = files.map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file))).length }))
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

for (const { file, bytes } of sizes) console.log(`${kB(bytes).padStart(10)}  ${file}`)
console.log(`${kB(total).padStart(10)}  in all, of ${kB(BUDGET)}`)
if (files.length === 0 || total > BUDGET) {
  console.error(files.length === 0 ? 'No script found in dist/index.html.' : 'Over the budget.')
  process.exit(1)
}
