// First, for `npm run dev`: what the parts say of themselves wins over it.
import '@/styles/main.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { usePreferences } from '@/features/session'
import { addTexts, i18n } from '@/i18n'
import { keepFocus } from '@/lib/keepFocus'
import { withholdCompositionKeys } from '@/lib/keys'
import { sayUnexpected } from '@/ui/useAction'
import App from './App.vue'
import { installErrorHandler } from './errors'
import { router } from './router'
import { texts } from './texts'

// From here on what does not come is a part of the page, and the page says so itself.
window.dispatchEvent(new Event('todo:started'))
withholdCompositionKeys(window)
keepFocus(document)

async function start(): Promise<void> {
  const app = createApp(App)
  app.use(createPinia())
  app.use(i18n)
  installErrorHandler(app, sayUnexpected)
  const { applyLanguage } = usePreferences()
  // The texts before the first page: nobody should see keys.
  await addTexts(texts)
  await applyLanguage()
  app.use(router)
  app.mount('#app')
}

start().catch((error: unknown) => {
  // public/start.js shows the words that need no script.
  window.dispatchEvent(new Event('todo:start-failed'))
  throw error
})
