import { expect, test } from 'vitest'
import { addressText } from './addressText'

test.each([
  ['anna@xn--mller-kva.example', 'anna@müller.example'],
  ['Anna@XN--MLLER-KVA.example', 'Anna@müller.example'],
  ['lin@xn--fsqu00a.xn--0zwm56d', 'lin@例子.测试'],
  ['anna@xn--strae-oqa.example', 'anna@straße.example'],
  ['мария@xn--e1afmkfd.xn--80akhbyknj4f', 'мария@пример.испытание'],
  ['xn--mller-kva@example.org', 'xn--mller-kva@example.org'],
  ['ada@example.org', 'ada@example.org'],
  ['anna@müller.example', 'anna@müller.example'],
  ['', ''],
  ['nobody', 'nobody'],
])('%s is shown as %s', (address, shown) => {
  expect(addressText(address)).toBe(shown)
})

test.each([
  ['Latin with a Cyrillic а', 'ada@xn--pple-43d.com'],
  ['something that cannot be seen', 'ada@xn--ab-g1t.example'],
  ['no Punycode at all', 'ada@xn--\u00e9.example'],
  ['a broken one', 'ada@xn--999999999.example'],
  ['what has a shorter form', 'ada@xn--example-.org'],
])('%s stays as it is', (_, address) => {
  expect(addressText(address)).toBe(address)
})
