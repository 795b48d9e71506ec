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
  // What ICU calls a zone that it cannot find out; some browsers take it as a name, too.
  if (id === '' || id === 'Etc/Unknown') return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: id })
    return true
  } catch {
    return false
  }
}

/** The zone of this device, unless the browser does not know it. */
export function deviceTimeZone(): string | undefined {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return timeZone && isTimeZone(timeZone) ? timeZone : undefined
}

/** The person's zone, or the closest one: an old browser may not know a zone that the server knows. */
export function usableTimeZone(id: string | undefined): string {
  return id !== undefined && isTimeZone(id) ? id : (deviceTimeZone() ?? 'UTC')
}

/** All of them; some hundred, so ask when a list is about to be shown. */
export function timeZones(locale: string, now = Date.now()): TimeZone[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((id) => id !== 'UTC')].map((id) => ({
    id,
    label: timeZoneLabel(id, locale, now),
  }))
}
