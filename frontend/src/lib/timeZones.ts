// The time zones to choose from, each with a name in the person's language, so that "China" finds Asia/Shanghai.

export interface TimeZone {
  id: string
  label: string
}

function partOf(
  id: string,
  locale: string,
  timeZoneName: 'longGeneric' | 'shortOffset',
  now: number,
): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: id, timeZoneName }).formatToParts(now)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

/** "China Time, GMT+8" */
export function timeZoneLabel(id: string, locale: string, now = Date.now()): string {
  return [partOf(id, locale, 'longGeneric', now), partOf(id, 'en', 'shortOffset', now)].join(', ')
}

export function isTimeZone(id: string): boolean {
  if (id === '') return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: id })
    return true
  } catch {
    return false
  }
}

/** All of them; some hundred, so ask when a list is about to be shown. */
export function timeZones(locale: string, now = Date.now()): TimeZone[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((id) => id !== 'UTC')].map((id) => ({
    id,
    label: timeZoneLabel(id, locale, now),
  }))
}
