import type { Browser } from 'playwright-core'
import { type ChatProcess, Chats } from '../examples/chat-process'
import { launchBrowser } from './browser'
import { Visitor } from './visitor'

/** The chat in a process of its own, and a browser. */
export class BrowserChat {
  browser!: Browser
  chats!: Chats
  chat!: ChatProcess
  url!: string

  /** Starts the chat. @param args its arguments: the framework */
  async open(...args: string[]): Promise<void> {
    this.chats = new Chats()
    this.chat = this.chats.start({ args })
    this.url = await this.chat.url()
  }

  /** A person with a browser of their own, who has logged in. */
  enter(name: string, at = this.url): Promise<Visitor> {
    return Visitor.enter(this.browser, at, name)
  }

  async leave(): Promise<void> {
    await Promise.all(this.browser.contexts().map((context) => context.close()))
  }
}

/** A stage for the tests of a file, each of which opens the chat by itself. */
export function chatForEach(): BrowserChat {
  const stage = withBrowser()
  afterEach(async () => {
    await stage.leave()
    await stage.chats.clear()
  })
  return stage
}

/** A stage for the tests of a file, with one chat for all of them. */
export function chatForAll(): BrowserChat {
  const stage = withBrowser()
  beforeAll(() => stage.open())
  afterEach(() => stage.leave())
  afterAll(() => stage.chats.clear())
  return stage
}

function withBrowser(): BrowserChat {
  const stage = new BrowserChat()
  jest.setTimeout(60_000)
  beforeAll(async () => {
    stage.browser = await launchBrowser()
  })
  afterAll(() => stage.browser.close())
  return stage
}
