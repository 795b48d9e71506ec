// Verifies a message as a receiver would: node verify.mjs, with {"secret", "headers", "body"} on standard input.
// Prints the verified body; fails when the signature is not right.
import { readFileSync } from 'node:fs'
import { Webhook } from 'standardwebhooks'

const { secret, headers, body } = JSON.parse(readFileSync(0, 'utf8'))
console.log(JSON.stringify(new Webhook(secret).verify(body, headers)))
