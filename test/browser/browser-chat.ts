import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { type ChatProcess, Chats, type Framework } from '../examples/chat-process'
import { launchBrowser } from './browser'
import { ChatUser } from './chat-user'

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

  /** A logged-in user with a separate browser context. */
  enter(name: string, at = this.url): Promise<ChatUser> {
    return ChatUser.enter(this.browser, at, name)
  }

  async leave(): Promise<void> {
    await Promise.all(this.browser.contexts().map((context) => context.close()))
  }
}

/** The part of a chat for tests that do not stop it. */
export type OpenChat = Pick<BrowserChat, 'browser' | 'enter' | 'url'>

/** For the tests of a file, each of which starts the chat as a process that it can stop. */
export function chatForEach(): BrowserChat {
  const stage = withBrowser()
  afterEach(async () => {
    await stage.leave()
    await stage.chats.clear()
  })
  return stage
}

/** One chat for all tests of a file. */
export function chatForAll(): BrowserChat {
  const stage = withBrowser()
  beforeAll(() => stage.open())
  afterEach(() => stage.leave())
  afterAll(() => stage.chats.clear())
  return stage
}

/** For tests that each get a new chat from `on()`. One process serves all chats of the file. */
export function newChatForEach(): OpenChat & { readonly on: (framework: Framework) => Promise<void> } {
  const stage = withBrowser()
  let host: ChildProcess
  beforeAll(() => {
    const { NODE_OPTIONS: _, ...env } = process.env
    host = fork(join(__dirname, 'chat-host.mjs'), { env })
  })
  afterEach(() => stage.leave())
  afterAll(async () => {
    host.disconnect()
    await once(host, 'exit')
  })
  const on = async (framework: Framework): Promise<void> => {
    host.send(framework)
    ;[stage.url] = (await once(host, 'message')) as [string]
  }
  return Object.assign(stage, { on })
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
