/** The arrow keys of a radio group made of buttons (WAI-ARIA: radio group): to the next one, round the ends, choosing it. */
export function onRadioKey(event: KeyboardEvent): void {
  const forward = event.key === 'ArrowRight' || event.key === 'ArrowDown'
  const back = event.key === 'ArrowLeft' || event.key === 'ArrowUp'
  if (!(forward || back) || !(event.target instanceof Element)) return
  const group = event.target.closest('[role=radiogroup]')
  const radios = [...(group ?? event.target).querySelectorAll<HTMLElement>('[role=radio]')]
  const index = radios.findIndex((radio) => radio === event.target)
  const next = radios[(index + (forward ? 1 : -1) + radios.length) % radios.length]
  if (index < 0 || !next) return
  event.preventDefault()
  next.focus()
  next.click()
}
