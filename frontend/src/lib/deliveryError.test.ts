import { expect, test } from 'vitest'
import { deliveryTrouble } from './deliveryError'

test.each([
  ['permanent error (550): 5.1.1 mailbox unavailable', 'refused'],
  ['transient error (451): try again later', 'busy'],
  ['no answer: Connection reset by peer (os error 104)', 'unanswered'],
  ['Connection error: Connection refused (os error 111)', 'unreachable'],
  ['the receiver wants no more messages (410 Gone)', 'refused'],
  ['the receiver answered 503 Service Unavailable', 'busy'],
  ['leads to an address that is not public', 'blocked'],
  ['the name is not known, or leads to no public address', 'nowhere'],
  ['no answer: the receiver took too long', 'unanswered'],
  ['failed to lookup address information', 'unreachable'],
  ['the letter cannot be written', 'other'],
])('%s → %s', (error, trouble) => {
  expect(deliveryTrouble(error)).toBe(trouble)
})
