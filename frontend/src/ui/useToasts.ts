// Temporary messages. ToastStack shows them at the edge of the page, so that they cover nothing needed.
import { shallowReactive } from 'vue'

export type ToastType = 'success' | 'warning' | 'error'

export interface ToastAction {
  label: string
  run: () => void
}

export interface ToastInput {
  type: ToastType
  text: string
  actions?: ToastAction[]
  /** A later one of the same kind takes its place; by default that is one with the same text. */
  kind?: string
}

export interface Toast extends Required<ToastInput> {
  id: number
}

const MAX_SHOWN = 3
const SUCCESS_MS = 5_000
/** Errors, and messages with an action, take longer to read. */
const LONG_MS = 8_000

const toasts = shallowReactive<Toast[]>([])
const timers = new Map<number, ReturnType<typeof setTimeout>>()
let lastId = 0

export function dismissToast(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
  const index = toasts.findIndex((toast) => toast.id === id)
  if (index >= 0) toasts.splice(index, 1)
}

function arm({ id, type, actions }: Toast): void {
  clearTimeout(timers.get(id))
  const time = type === 'success' && actions.length === 0 ? SUCCESS_MS : LONG_MS
  timers.set(
    id,
    setTimeout(() => dismissToast(id), time),
  )
}

export function showToast({ type, text, actions = [], kind = text }: ToastInput): void {
  // A new id rerenders it, so that a repeated message is announced again.
  const toast: Toast = { id: (lastId += 1), type, text, actions, kind }
  const same = toasts.find((other) => other.kind === kind)
  if (same) dismissToast(same.id)
  toasts.push(toast)
  for (const old of toasts.slice(0, -MAX_SHOWN)) dismissToast(old.id)
  arm(toast)
}

/** No message disappears while somebody reads it or is about to click. */
export function holdToasts(): void {
  for (const timer of timers.values()) clearTimeout(timer)
}

export function releaseToasts(): void {
  for (const toast of toasts) arm(toast)
}

export function clearToasts(): void {
  for (const { id } of [...toasts]) dismissToast(id)
}

/** A message with an action belongs to one person and disappears with them. */
export function dismissOffers(): void {
  for (const { id, actions } of [...toasts]) if (actions.length > 0) dismissToast(id)
}

export function useToasts() {
  return { toasts }
}
