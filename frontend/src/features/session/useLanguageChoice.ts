// Choosing a language: at once here, and in the profile, which decides what mails and other devices speak.
import type { Language } from '@/api/types'
import { useAction } from '@/ui/useAction'
import { useAuthStore } from './store/auth'
import { usePreferences } from './usePreferences'

export function useLanguageChoice() {
  const { run } = useAction()
  const { chooseLanguage } = usePreferences()
  const auth = useAuthStore()

  return function choose(language: Language): Promise<boolean> {
    return run(async () => {
      await chooseLanguage(language)
      await auth.updateProfile({ language })
    })
  }
}
