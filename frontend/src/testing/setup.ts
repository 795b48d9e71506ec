import { afterEach, vi } from 'vitest'
import { withholdCompositionKeys } from '@/lib/keys'
import { forbidNetwork } from './network'

forbidNetwork()

// As main.ts does; tests of mere logic have no window.
if (typeof window !== 'undefined') withholdCompositionKeys(window)

// What a test has begun to load, a part of the page say, must not arrive when its document is gone.
afterEach(() => vi.dynamicImportSettled())
