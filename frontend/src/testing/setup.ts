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

// Lazy parts that a test started to load must not arrive after its document is gone.
afterEach(() => vi.dynamicImportSettled())
