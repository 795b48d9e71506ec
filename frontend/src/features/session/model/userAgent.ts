// What a browser calls itself, in two words that a person knows: enough to tell one's devices apart.

export interface Device {
  browser: string | null
  system: string | null
}

type Rule = readonly [pattern: RegExp, name: string]

// The order matters: nearly every browser also claims to be Chrome or Safari.
const BROWSERS: readonly Rule[] = [
  [/MicroMessenger\//, 'WeChat'],
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera|OPT)\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/(?:Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
]

const SYSTEMS: readonly Rule[] = [
  [/\biPad\b/, 'iPadOS'],
  [/\b(?:iPhone|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]

function nameOf(rules: readonly Rule[], text: string): string | null {
  return rules.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

export function describeUserAgent(userAgent: string | null): Device {
  const text = userAgent ?? ''
  return { browser: nameOf(BROWSERS, text), system: nameOf(SYSTEMS, text) }
}

export function isHandheld({ system }: Device): boolean {
  return system === 'iOS' || system === 'iPadOS' || system === 'Android'
}
