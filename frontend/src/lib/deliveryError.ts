// What went wrong with a delivery: the server writes down what the other side, or the network, answered; a person wants
// to know first what kind of trouble that is.

export type DeliveryTrouble =
  'refused' | 'blocked' | 'nowhere' | 'busy' | 'unreachable' | 'unanswered' | 'other'

const KNOWN: readonly (readonly [pattern: RegExp, trouble: DeliveryTrouble])[] = [
  [/^permanent error|wants no more messages/i, 'refused'],
  [/^transient error|^the receiver answered/i, 'busy'],
  [/address that is not public/i, 'blocked'],
  [/leads to no public address/i, 'nowhere'],
  [/^no answer/i, 'unanswered'],
  [/connection|connect error|dns|lookup|resolve|network|refused|timed? ?out|took too long/i, 'unreachable'],
]

export function deliveryTrouble(error: string): DeliveryTrouble {
  return KNOWN.find(([pattern]) => pattern.test(error))?.[1] ?? 'other'
}
