// The keys of the whole page, in one registry with one listener. Keys of a part (a list, a menu, a dialog) stay with the part.
// Not `tinykeys`: it knows a key by what it types or by its place, and a letter here is both (`shortcutKey`).
import { onScopeDispose } from 'vue'
import { shortcutKey } from '@/lib/keys'
import { isTyping } from '@/lib/typing'

export interface Command {
  /** As shortcutKey() says them: a letter in lower case, or the name of a key. */
  keys: readonly string[]
  /** With Ctrl or ⌘, too. */
  withControl?: boolean
  /** While somebody types, too. */
  whileTyping?: boolean
  /** False leaves the key to another command, or to the browser. */
  when?: (event: KeyboardEvent) => boolean
  run: (event: KeyboardEvent) => void
}

const commands: Command[] = []

function isFor({ keys, withControl, whileTyping, when }: Command, event: KeyboardEvent): boolean {
  if (!keys.includes(shortcutKey(event))) return false
  if (!withControl && (event.ctrlKey || event.metaKey)) return false
  if (!whileTyping && isTyping(event.target)) return false
  return when?.(event) ?? true
}

/** A modal dialog has the page behind it, and keeps its keys. */
function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || document.querySelector('dialog[open]:modal')) return
  const command = commands.findLast((one) => isFor(one, event))
  if (!command) return
  event.preventDefault()
  command.run(event)
}

/** For as long as the component lives; of two for one key the later one is asked first. */
export function useCommand(command: Command): void {
  if (commands.length === 0) document.addEventListener('keydown', onKey)
  commands.push(command)
  onScopeDispose(() => {
    commands.splice(commands.indexOf(command), 1)
    if (commands.length === 0) document.removeEventListener('keydown', onKey)
  })
}
