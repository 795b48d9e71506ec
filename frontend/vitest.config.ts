import { configDefaults, defineConfig, mergeConfig } from 'vitest/config'
import viteConfig from './vite.config.ts'

/** Logic: it needs no document, and its files keep nothing from one to the next. */
const logic = 'src/{{api,i18n,lib,styles},features/*/model}/**/*.test.ts'

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      server: { deps: { inline: ['element-plus'] } },
      restoreMocks: true,
      setupFiles: ['src/testing/setup.ts'],
      projects: [
        { extends: true, test: { name: 'logic', include: [logic], environment: 'node', isolate: false } },
        {
          extends: true,
          test: {
            name: 'page',
            include: ['src/**/*.test.ts'],
            exclude: [...configDefaults.exclude, logic],
            environment: 'happy-dom',
          },
        },
      ],
    },
  }),
)
