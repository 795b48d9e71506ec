// A button that is disabled while its request is under way loses the focus, and the keyboard with it: the next Tab begins at the
// top of the page. It gets the focus back when it can be pressed again, or the field does that the server has refused.
// The same happens when what has the focus goes: a form that was answered, a line that was discarded. Then what it stood in has the focus.

const PLACES = '[role="dialog"], dialog[open], main'

/** A <dialog> cannot have the focus itself. */
function enter(place: HTMLElement): void {
  const target = place.hasAttribute('tabindex')
    ? place
    : place.querySelector<HTMLElement>('[data-focus], button, a, input')
  target?.focus({ preventScroll: true })
}

/** Watches the document; returns the way to end it. */
export function keepFocus(document: Document): () => void {
  let last: Element | null = null
  let lost: Element | null = null
  /** Has the focus, or had it when it went. */
  let holder: Element | null = null

  function onFocus({ target }: FocusEvent): void {
    last = holder = target as Element
    lost = null
  }

  function onBlur({ target }: FocusEvent): void {
    const element = target as Element
    // Browsers also report this for elements that are removed from the page or disabled.
    queueMicrotask(() => {
      if (holder === element && element.isConnected && !element.hasAttribute('disabled')) holder = null
    })
  }

  function follow(element: Element): void {
    if (element.hasAttribute('disabled')) {
      if (element === last) lost = element
      return
    }
    if (element !== lost) return
    lost = null
    // What was refused may be drawn after it.
    setTimeout(() => {
      // The user, or the page itself, may have moved it meanwhile. A browser that has not rendered since still reports the button.
      const active = document.activeElement
      if (active && active !== document.body && active !== element) return
      const refused = element.closest('form')?.querySelector<HTMLElement>('[aria-invalid="true"]')
      ;(refused ?? (element as HTMLElement)).focus({ preventScroll: true })
    })
  }

  /** `rest` is what it was taken out of. */
  function goOn(rest: Element): void {
    // Whoever has taken it out may know better, and says so once the page is drawn.
    setTimeout(() => {
      if (document.activeElement && document.activeElement !== document.body) return
      const place = rest.closest<HTMLElement>(PLACES) ?? document.querySelector<HTMLElement>('main')
      if (place) enter(place)
    })
  }

  function goOnWithout(gone: Element, records: MutationRecord[]): void {
    const out = records.find(
      ({ target, removedNodes }) =>
        target.isConnected && Array.from(removedNodes).some((node) => node.contains(gone)),
    )
    if (out) goOn(out.target as Element)
  }

  const observer = new MutationObserver((records) => {
    records.forEach(({ type, target }) => type === 'attributes' && follow(target as Element))
    if (!holder || holder.isConnected) return
    goOnWithout(holder, records)
    holder = null
  })
  observer.observe(document, { subtree: true, childList: true, attributeFilter: ['disabled'] })
  document.addEventListener('focusin', onFocus)
  document.addEventListener('focusout', onBlur)
  return () => {
    observer.disconnect()
    document.removeEventListener('focusin', onFocus)
    document.removeEventListener('focusout', onBlur)
  }
}
