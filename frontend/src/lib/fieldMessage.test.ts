import { expect, test } from 'vitest'
import { fieldMessage } from './fieldMessage'

test.each([
  ['must have 8 to 128 characters', 'errors.fields.length', { min: '8', max: '128' }],
  ['is too common or easy to guess; a few unrelated words are better', 'errors.fields.common', {}],
  ['not a valid email: value is missing `@`', 'errors.fields.email', {}],
  ['must be an IANA time zone such as Asia/Shanghai', 'errors.fields.timeZone', {}],
  ['is a moment that has passed', 'reminder.past', {}],
  ['is not your password', 'errors.fields.wrongPassword', {}],
])('%s', (message, key, values) => {
  expect(fieldMessage(message)).toEqual({ key, values })
})

test('other words have no text of ours', () => {
  expect(fieldMessage('must be a prime number')).toBeNull()
})
