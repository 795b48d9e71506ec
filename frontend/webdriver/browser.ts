// Browsers without a Playwright build, driven through WebDriver (https://www.w3.org/TR/webdriver2/): Debian's Firefox with geckodriver, and
// WebKit with WebKitGTK's driver and MiniBrowser, the closest to Safari on Linux.
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { Builder, By, until, type WebDriver, type WebElement } from 'selenium-webdriver'

export type Engine = 'firefox' | 'webkit'

const WAIT = 20_000

interface Program {
  command: string
  args: (port: number) => string[]
  capabilities: Record<string, unknown>
}

const programs: Record<Engine, () => Program> = {
  firefox: () => ({
    command: process.env.GECKODRIVER_PATH ?? 'geckodriver',
    args: (port) => ['--port', String(port)],
    capabilities: {
      browserName: 'firefox',
      'moz:firefoxOptions': {
        binary: process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr',
        args: ['-headless', '--width=1280', '--height=900'],
        prefs: { 'intl.accept_languages': 'en-GB' },
      },
    },
  }),
  webkit: () => ({
    command: process.env.WEBKIT_DRIVER_PATH ?? 'WebKitWebDriver',
    args: (port) => [`--port=${port}`],
    capabilities: {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': {
        binary: process.env.MINIBROWSER_PATH,
        args: ['--automation'],
      },
    },
  }),
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Waits until the driver accepts sessions (WebDriver, "Status"). */
async function untilReady(url: string, program: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && program.exitCode === null; tries += 1) {
    const status = await fetch(`${url}/status`).catch(() => null)
    if (status?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${program.spawnfile} did not start`)
}

/** A browser with an empty profile. Lookups wait until the element appears. */
export class Browser {
  private constructor(
    readonly driver: WebDriver,
    private readonly program: ChildProcess,
    private readonly baseURL: string,
  ) {}

  static async start(engine: Engine, baseURL: string): Promise<Browser> {
    const { command, args, capabilities } = programs[engine]()
    const port = await freePort()
    const program = spawn(command, args(port), { stdio: ['ignore', 'ignore', 'inherit'] })
    const url = `http://127.0.0.1:${port}`
    try {
      await untilReady(url, program)
      const driver = await new Builder().usingServer(url).withCapabilities(capabilities).build()
      return new Browser(driver, program, baseURL)
    } catch (error) {
      program.kill()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.driver.quit().catch(() => undefined)
    this.program.kill()
  }

  open(path: string): Promise<void> {
    return this.driver.get(new URL(path, this.baseURL).href)
  }

  /** Opens another window with the same session and switches to it. */
  async newWindow(path: string): Promise<string> {
    await this.driver.switchTo().newWindow('window')
    await this.open(path)
    return this.driver.getWindowHandle()
  }

  /** Visible or not. */
  find(css: string): Promise<WebElement> {
    return this.driver.wait(until.elementLocated(By.css(css)), WAIT, `no element matches ${css}`)
  }

  async see(css: string): Promise<WebElement> {
    const element = await this.find(css)
    return this.driver.wait(until.elementIsVisible(element), WAIT, `${css} is not visible`)
  }

  /** The element that matches the selector and contains the text. */
  seeText(css: string, text: string): Promise<WebElement> {
    return this.driver.wait(
      async () => {
        for (const element of await this.driver.findElements(By.css(css))) {
          const said = await element.getText().catch(() => '')
          if (said.includes(text)) return element
        }
        return null
      },
      WAIT,
      `no ${css} contains “${text}”`,
    ) as Promise<WebElement>
  }

  /** Waits until no element that matches the selector contains the text. */
  async untilGone(css: string, text: string): Promise<void> {
    await this.driver.wait(
      async () => {
        const elements = await this.driver.findElements(By.css(css))
        const said = await Promise.all(elements.map((element) => element.getText().catch(() => '')))
        return !said.some((one) => one.includes(text))
      },
      WAIT,
      `${css} still contains “${text}”`,
    )
  }

  async click(css: string): Promise<void> {
    await (await this.see(css)).click()
  }

  async type(css: string, text: string): Promise<void> {
    await (await this.see(css)).sendKeys(text)
  }

  /** Drags with the mouse in several steps, like a person. */
  async drag(what: WebElement, onto: WebElement): Promise<void> {
    const actions = this.driver.actions({ async: true })
    await actions
      .move({ origin: what })
      .press()
      .move({ origin: what, x: 12, y: 6, duration: 100 })
      .move({ origin: onto, duration: 300 })
      .move({ origin: onto, x: 2, y: 2, duration: 100 })
      .release()
      .perform()
  }
}
