import { configDefaults, defineConfig, mergeConfig } from 'vitest/config'
import viteConfig from './vite.config.ts'

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      environment: 'happy-dom',
      exclude: [...configDefaults.exclude, 'e2e/**', 'stack/**'],
      server: { deps: { inline: ['element-plus'] } },
      restoreMocks: true,
      setupFiles: ['src/testing/setup.ts'],
    },
  }),
)
