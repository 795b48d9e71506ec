// A textarea as high as its text.
import { useResizeObserver } from '@vueuse/core'
import { watch, type Ref } from 'vue'

export function useAutosize(
  field: Readonly<Ref<HTMLTextAreaElement | null>>,
  text: Readonly<Ref<string>>,
): void {
  function fit(): void {
    const element = field.value
    if (!element) return
    element.style.blockSize = 'auto'
    const borders = element.offsetHeight - element.clientHeight
    element.style.blockSize = `${element.scrollHeight + borders}px`
  }

  watch([field, text], fit, { flush: 'post' })
  let width = 0
  useResizeObserver(field, ([entry]) => {
    // Only another width breaks the lines otherwise; the height is ours.
    if (!entry || entry.contentRect.width === width) return
    width = entry.contentRect.width
    fit()
  })
}
