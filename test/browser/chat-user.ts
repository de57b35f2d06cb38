import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { collectPageErrors } from './page-errors'

/** Records the closes of the page's WebSockets and counts them, because playwright does not see close codes. */
const SPY = `
  window.closures = []
  window.sockets = 0
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args)
      window.sockets += 1
      this.addEventListener('close', ({ code }) => window.closures.push(code))
    }
  }
`

/** What the tests need of an element; they are compiled without the types of browsers. */
interface Scrollable {
  scrollTop: number
  addEventListener(type: 'scroll', listener: (event: unknown) => void, options: { once: true }): void
}

/** A user of the chat's page. */
export class ChatUser {
  readonly page: Page
  readonly context: BrowserContext
  /** The errors of the page and of its console. */
  readonly pageErrors: string[] = []

  private constructor(page: Page) {
    this.page = page
    this.context = page.context()
    collectPageErrors(page, this.pageErrors)
  }

  /** A user with a separate browser context. */
  static async enter(browser: Browser, url: string, name: string): Promise<ChatUser> {
    const context = await browser.newContext()
    await context.addInitScript(SPY)
    const user = await ChatUser.open(context, url)
    await user.logIn(name)
    return user
  }

  /** Another tab of the same browser. */
  static async open(context: BrowserContext, url: string): Promise<ChatUser> {
    const user = new ChatUser(await context.newPage())
    await user.page.goto(url)
    return user
  }

  async logIn(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name)
    await this.page.keyboard.press('Enter')
    await this.connected()
  }

  async connected(): Promise<void> {
    await this.page.getByRole('status').filter({ hasText: 'Connected' }).waitFor()
  }

  /** The server to which the page is connected, if there are several. */
  async server(): Promise<string> {
    const status = this.page.getByRole('status').filter({ hasText: 'Connected to ' })
    return ((await status.textContent()) ?? '').replace('Connected to ', '')
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** Waits until the page shows a message that is not pending any more. */
  async sees(text: string): Promise<void> {
    await this.line(text).and(this.page.locator(':not(.pending)')).waitFor()
  }

  async goTo(room: string): Promise<void> {
    await this.room(room).click()
    await this.page.getByRole('heading', { level: 1, name: room, exact: true }).waitFor()
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }

  get lines(): Locator {
    return this.page.getByRole('log').locator('.line')
  }

  get people(): Locator {
    return this.page.getByRole('complementary', { name: 'People in this room' }).getByRole('listitem')
  }

  line(text: string): Locator {
    return this.page.getByRole('log').getByText(text, { exact: true })
  }

  room(name: string): Locator {
    return this.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name })
  }

  /** Scrolls to the oldest message, and waits until the page has handled that. */
  async scrollBack(): Promise<void> {
    await this.page.getByRole('log').evaluate((log: Scrollable) => {
      const scrolled = new Promise((resolve) => log.addEventListener('scroll', resolve, { once: true }))
      log.scrollTop = 0
      return scrolled
    })
  }

  async scrollTop(): Promise<number> {
    return this.page.getByRole('log').evaluate((log: Scrollable) => log.scrollTop)
  }

  async closures(): Promise<number[]> {
    return this.page.evaluate('closures')
  }

  /** How many connections the page has tried to open. */
  async sockets(): Promise<number> {
    return this.page.evaluate('sockets')
  }
}
