import { fileURLToPath, URL } from 'node:url'
import VueI18n from '@intlify/unplugin-vue-i18n/vite'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vite'
import { baseStylesFirst } from './scripts/baseStylesFirst.ts'
import { hoverMedia } from './scripts/hoverMedia.ts'
import { splitIcons } from './scripts/splitIcons.ts'

const backend = process.env.BACKEND_URL ?? 'http://localhost:8000'

export default defineConfig({
  plugins: [
    vue(),
    // Element Plus tags bring their own code and style; our own components are imported where they are used.
    Components({
      dirs: [],
      dts: 'components.d.ts',
      resolvers: [ElementPlusResolver({ importStyle: 'css' })],
    }),
    // Messages are compiled at build time: no message compiler in the bundle and no `eval` for a strict CSP.
    VueI18n({
      include: fileURLToPath(new URL('./src/**/locales/*.json', import.meta.url)),
      runtimeOnly: true,
      strictMessage: true,
      fullInstall: false,
      dropMessageCompiler: true,
    }),
    splitIcons(),
    baseStylesFirst(),
    // No component here has options.
    { name: 'no-options', apply: 'build', config: () => ({ define: { __VUE_OPTIONS_API__: 'false' } }) },
  ],
  css: { postcss: { plugins: [hoverMedia()] } },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    port: 3000,
    proxy: {
      '/api': { target: backend, ws: true },
      '/health': { target: backend },
    },
  },
  preview: { port: 3000 },
  build: {
    target: 'es2022',
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // scripts/baseStylesFirst.ts puts it before the others.
            { name: 'base', test: /\/src\/styles\//, priority: 2 },
            { name: 'vue', test: /node_modules\/(@vue|vue|pinia|vue-router|vue-i18n|@intlify)\// },
            // What several pages need comes in one file: compressed together it is a fifth smaller than in many.
            { name: 'shared', test: /(\/src\/(?!i18n|.*\/locales\/)|icon:|@vueuse)/, minShareCount: 4 },
          ],
        },
      },
    },
  },
})
