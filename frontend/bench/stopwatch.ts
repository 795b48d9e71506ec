// Times what a person waits for: from the event of their input to the frame that shows what came of it. Beside it the work of the
// page's main thread until it has come to rest, which depends less on what else the machine does.
import type { CDPSession, Page } from '@playwright/test'

/** What shows that it is done. */
export interface Outcome {
  selector: string
  /** What it says, or as a field what is in it. */
  text?: string
  /** It lies in the middle of the window. */
  middle?: boolean
}

export interface Sample {
  /** From the event to the frame, in milliseconds. */
  wait: number
  /** Work of the main thread, in milliseconds: scripts, styles, layout, painting. */
  cpu: number
}

declare global {
  interface Window {
    stopwatch: {
      /** Since the page began to load. */
      opening: Promise<number>
      result: Promise<number>
      arm: (event: string, outcome: Outcome) => void
    }
  }
}

/** Runs in the page, before its own scripts. */
function install(): void {
  function isThere({ selector, text, middle }: Outcome): boolean {
    if (middle) {
      const element = document.elementFromPoint(window.innerWidth / 2, window.innerHeight / 2)
      return element?.closest(selector) != null
    }
    return [...document.querySelectorAll(selector)].some((element) => {
      const said = 'value' in element ? String(element.value) : (element.textContent ?? '')
      return text === undefined || said.includes(text)
    })
  }
  /** A task that is queued in a frame runs when the frame has been painted. */
  function untilPainted(outcome: Outcome): Promise<number> {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve(performance.now())
      const look = (): unknown =>
        isThere(outcome) ? port2.postMessage(null) : window.requestAnimationFrame(look)
      window.requestAnimationFrame(look)
    })
  }
  function arm(type: string, outcome: Outcome): void {
    window.stopwatch.result = new Promise((resolve) => {
      const begin = (event: Event): void => {
        void untilPainted(outcome).then((end) => resolve(end - event.timeStamp))
      }
      window.addEventListener(type, begin, { capture: true, once: true })
    })
  }
  const opening = untilPainted({ selector: '[data-row-id]' })
  window.stopwatch = { opening, result: Promise.resolve(0), arm }
}

export class Stopwatch {
  private constructor(
    private readonly page: Page,
    private readonly cdp: CDPSession,
  ) {}

  static async of(page: Page): Promise<Stopwatch> {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Performance.enable')
    await page.addInitScript(install)
    return new Stopwatch(page, cdp)
  }

  /** As if the processor were so many times slower. */
  async slowDown(rate: number): Promise<void> {
    await this.cdp.send('Emulation.setCPUThrottlingRate', { rate })
  }

  /** From the input's event of that type to the outcome. `rest` is how long the page takes to come to rest, at the most. */
  async time(type: string, outcome: Outcome, input: () => Promise<unknown>, rest = 400): Promise<Sample> {
    const before = await this.work()
    await this.page.evaluate(([on, what]) => window.stopwatch.arm(on, what), [type, outcome] as const)
    await input()
    const wait = await this.page.evaluate(() => window.stopwatch.result)
    await this.page.waitForTimeout(rest)
    return { wait, cpu: (await this.work()) - before }
  }

  /** From the address to the first rows. */
  async timeOpening(url: string): Promise<Sample> {
    await this.page.goto('about:blank')
    const before = await this.work()
    await this.page.goto(url, { waitUntil: 'commit' })
    const wait = await this.page.evaluate(() => window.stopwatch.opening)
    await this.page.waitForLoadState('networkidle')
    return { wait, cpu: (await this.work()) - before }
  }

  private async work(): Promise<number> {
    const { metrics } = await this.cdp.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000
  }
}
