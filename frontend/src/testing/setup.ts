import { afterEach, vi } from 'vitest'

// What a test has begun to load, a part of the page say, must not arrive when its document is gone.
afterEach(() => vi.dynamicImportSettled())
