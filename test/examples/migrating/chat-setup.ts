import type { Said } from '../../../examples/migrating/chat/messages.js'
import type { Running } from '../../../examples/migrating/chat/running.js'
import type { Chat } from '../../../examples/migrating/page/chat.js'
import type { Library, Login } from './programs.js'

/** A user in the chat, and what they have received. */
export interface User {
  readonly chat: Chat
  readonly said: string[]
  readonly left: string[]
  readonly announced: string[]
}

/** One running program for a test, and what it needs of it. */
export interface ChatSetup {
  readonly port: () => number
  readonly login: (user: string) => Promise<Login>
  /** A route of the app, as a logged-in user. */
  readonly post: (path: string) => Promise<number>
  /** Logs a user in and opens the page. */
  readonly enter: (user: string, page: Library['oldPage'], ...rooms: string[]) => Promise<User>
}

export function chatSetup(start: (port: number) => Promise<Running>): ChatSetup {
  let running: Running
  let users: User[] = []
  beforeEach(async () => {
    running = await start(0)
    users = []
  })
  afterEach(async () => {
    for (const { chat } of users) chat.leave()
    await running.close()
  })
  const url = (path: string): string => `http://127.0.0.1:${running.port}${path}`

  async function login(user: string): Promise<Login> {
    const response = await fetch(url(`/login/${user}`), { method: 'POST' })
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
    if (cookies.length > 0) return { cookie: cookies.join('; ') }
    return (await response.json()) as Login
  }

  async function post(path: string): Promise<number> {
    const { cookie, token } = await login('root')
    const headers = cookie ? { cookie } : { authorization: `Bearer ${token}` }
    return (await fetch(url(path), { method: 'POST', headers })).status
  }

  async function enter(name: string, page: Library['oldPage'], ...rooms: string[]): Promise<User> {
    const user: User = { chat: await page(running.port, await login(name)), said: [], left: [], announced: [] }
    users.push(user)
    user.chat.on('said', ({ room, from, text }: Said) => user.said.push(`${room} ${from}: ${text}`))
    user.chat.on('left', (left) => user.left.push(`${left.room} ${left.user}`))
    user.chat.on('announced', ({ text }) => user.announced.push(text))
    for (const room of rooms) await user.chat.join(room)
    return user
  }

  return { port: () => running.port, login, post, enter }
}
