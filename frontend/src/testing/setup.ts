import { afterEach, vi } from 'vitest'
import { addTexts } from '@/i18n'
import { withholdCompositionKeys } from '@/lib/keys'
import { forbidNetwork } from './network'
import { allTexts } from './texts'

forbidNetwork()
// A test that mounts a part of a feature has its texts, as the page has them that loads it.
void addTexts(allTexts)

// As main.ts does; tests of mere logic have no window.
if (typeof window !== 'undefined') withholdCompositionKeys(window)

// What a test has begun to load, a part of the page say, must not arrive when its document is gone.
afterEach(() => vi.dynamicImportSettled())
