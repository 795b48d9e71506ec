import { expect, test } from 'vitest'
import { fieldMessage } from './fieldMessage'

test.each([
  ['must have 8 to 128 characters', 'errors.fields.length', { min: '8', max: '128' }],
  ['is too common or easy to guess; a few unrelated words are better', 'errors.fields.common', {}],
  ['must not be blank: write something that can be seen', 'errors.fields.blank', {}],
  ['must be one line without control characters: take out U+000A', 'errors.fields.controlCharacters', {}],
  ['must not have control characters: take out U+001B', 'errors.fields.controlCharacters', {}],
  ['must not change the direction of the text: take out U+202E', 'errors.fields.direction', {}],
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
