// Email addresses for display. The server stores domains in ASCII form (`anna@xn--mller-kva.example`), and so does `<input type=email>` in
// some browsers; people see what they typed.
import punycode from 'punycode/punycode.js'

/** Letters of these look like each other's: a label that mixes them may pretend to be another. */
const ALIKE = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u]

function labelText(label: string): string {
  if (!/^xn--/i.test(label)) return label
  try {
    const text = punycode.toUnicode(label.toLowerCase())
    const isPlain = /^[\p{L}\p{M}\p{N}-]+$/u.test(text) && punycode.toASCII(text) === label.toLowerCase()
    return isPlain && ALIKE.filter((script) => script.test(text)).length < 2 ? text : label
  } catch {
    // No Punycode, whatever it begins with.
    return label
  }
}

/** The address to show; text that is no address, or needs no decoding, is returned unchanged. */
export function addressText(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 0) return address
  const labels = address.slice(at + 1).split('.')
  return `${address.slice(0, at)}@${labels.map(labelText).join('.')}`
}
