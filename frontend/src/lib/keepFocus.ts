// A button that is disabled while its request is under way loses the focus, and the keyboard with it: the next Tab begins at the
// top of the page. It gets the focus back when it can be pressed again, or the field does that the server has refused.

/** Watches the document; returns the way to end it. */
export function keepFocus(document: Document): () => void {
  let last: Element | null = null
  let lost: Element | null = null

  function onFocus({ target }: FocusEvent): void {
    last = target as Element
    lost = null
  }

  function follow(element: Element): void {
    if (element.hasAttribute('disabled')) {
      if (element === last) lost = element
      return
    }
    if (element !== lost) return
    lost = null
    // Somebody, or the page itself, may have moved it meanwhile.
    if (document.activeElement && document.activeElement !== document.body) return
    const refused = element.closest('form')?.querySelector<HTMLElement>('[aria-invalid="true"]')
    ;(refused ?? (element as HTMLElement)).focus({ preventScroll: true })
  }

  const observer = new MutationObserver((records) =>
    records.forEach(({ target }) => follow(target as Element)),
  )
  observer.observe(document, { subtree: true, attributeFilter: ['disabled'] })
  document.addEventListener('focusin', onFocus)
  return () => {
    observer.disconnect()
    document.removeEventListener('focusin', onFocus)
  }
}
