// Generates the types of the API from its OpenAPI document: `node scripts/gen-schema.mjs openapi.json schema.d.ts`.
// Operations are written inline under their path, not by id: some share an id and would get each other's types.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'

const [document, output] = process.argv.slice(2)
const api = JSON.parse(readFileSync(document, 'utf8'))
const { schemas } = api.components
// A page of things has those things: written out there, what may be null is not said to be always there, as it is in the schema of the thing.
for (const [name, { properties }] of Object.entries(schemas)) {
  const thing = name.replace(/^\w+?_/, '')
  if (name.includes('_') && thing in schemas && properties?.items)
    properties.items.items = { $ref: `#/components/schemas/${thing}` }
}
for (const methods of Object.values(api.paths)) {
  for (const operation of Object.values(methods)) delete operation.operationId
}
writeFileSync(output, COMMENT_HEADER + astToString(await openapiTS(api)))
