// The open modal dialogs, topmost last. Everything outside is dimmed and unreachable, including messages, so messages are shown inside.

type Say = (message: string) => void

const open: Say[] = []

/** Announces an open dialog; returns how to take it back. */
export function enterDialog(say: Say): () => void {
  open.push(say)
  return () => {
    const index = open.lastIndexOf(say)
    if (index >= 0) open.splice(index, 1)
  }
}

/** False when no dialog is open: then the message is the page's. */
export function sayInDialog(message: string): boolean {
  const top = open.at(-1)
  top?.(message)
  return top !== undefined
}
