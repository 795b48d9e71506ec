// gen-limits.mjs OPENAPI OUTPUT: the longest text of each kind that the server takes, from its OpenAPI document, for the page's forms.
import { readFileSync, writeFileSync } from 'node:fs'

const [source, target] = process.argv.slice(2)
const { schemas } = JSON.parse(readFileSync(source, 'utf8')).components
const limits = Object.entries(schemas)
  .filter(([, schema]) => schema.type === 'string' && schema.maxLength !== undefined)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, { maxLength }]) => `  ${name}: ${String(maxLength).replace(/\B(?=(\d{3})+$)/g, '_')},\n`)

writeFileSync(
  target,
  `// Made from openapi.json by \`npm run gen:api\`. Do not edit.

/** The most characters (Unicode scalar values) that the server takes, by the name of the text in its OpenAPI document. */
export const LIMITS = {
${limits.join('')}} as const
`,
)
