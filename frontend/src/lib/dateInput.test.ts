import { expect, test } from 'vitest'
import { dayHint, formatDay, formatTime, parseDay, parseTime } from './dateInput'

const TODAY = '2026-11-30'

test.each([
  ['en-GB', '01/12/2026'],
  ['en-US', '12/01/2026'],
  ['de', '01.12.2026'],
  ['zh-CN', '2026/12/01'],
])('a day in %s is %s, and back', (locale, text) => {
  expect(formatDay('2026-12-01', locale)).toBe(text)
  expect(parseDay(text, locale, TODAY)).toBe('2026-12-01')
})

test.each([
  ['2026-12-01', 'en-GB', '2026-12-01'],
  ['2026年12月1日', 'en-US', '2026-12-01'],
  ['２０２６／１２／１', 'zh-CN', '2026-12-01'],
  ['20261201', 'zh-CN', '2026-12-01'],
  ['1.12.27', 'en-GB', '2027-12-01'],
  ['1/12', 'en-GB', '2026-12-01'],
  ['1/12', 'en-US', '2026-01-12'],
  ['12月1日', 'zh-CN', '2026-12-01'],
  ['29/02/2028', 'en-GB', '2028-02-29'],
  ['29/02/2027', 'en-GB', null],
  ['31/04/2026', 'en-GB', null],
  ['13/13/2026', 'en-US', null],
  ['1', 'en-GB', null],
  ['1/2/3/4', 'en-GB', null],
  ['0012-01-01', 'en-GB', null],
  ['soon', 'en-GB', null],
  ['', 'en-GB', null],
])('"%s" in %s is %s', (text, locale, day) => {
  expect(parseDay(text, locale, TODAY)).toBe(day)
})

test('the hint follows the language’s order', () => {
  expect(dayHint('en-GB', { day: 'dd', month: 'mm', year: 'yyyy' })).toBe('dd/mm/yyyy')
  expect(dayHint('zh-CN', { day: '日', month: '月', year: '年' })).toBe('年/月/日')
})

test.each([
  ['21:30', '21:30'],
  ['9', '09:00'],
  ['930', '09:30'],
  ['2130', '21:30'],
  ['9.30', '09:30'],
  ['9:30 pm', '21:30'],
  ['9:30\u202fPM', '21:30'],
  ['12 am', '00:00'],
  ['12 pm', '12:00'],
  ['9h30', '09:30'],
  ['２１：３０', '21:30'],
  ['下午3点', '15:00'],
  ['下午3点半', '15:30'],
  ['上午9:05', '09:05'],
  ['中午12点', '12:00'],
  ['25:00', null],
  ['9:75', null],
  ['noon', null],
  ['', null],
])('"%s" is %s', (text, time) => {
  expect(parseTime(text)).toBe(time)
})

test.each(['en-US', 'en-GB', 'de', 'zh-CN'])('times of %s are parsed as written', (locale) => {
  for (const time of ['00:00', '07:05', '12:00', '12:30', '15:30', '23:59']) {
    expect(parseTime(formatTime(time, locale))).toBe(time)
  }
})
