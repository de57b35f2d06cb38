import { type ChatProcess, Chats } from './chat-process'
import { Talker } from './talker'

/** A chat that the tests of a `describe` share, and its clients. */
export interface ChatSetup {
  /** Its address. */
  readonly url: string
  /** The address of its inspector, with the key. */
  readonly inspector: () => Promise<string>
  /** A client without a login, which is closed after the test. */
  readonly newClient: () => Talker
  readonly logIn: (name: string) => Promise<Talker>
}

/** Starts a chat for the tests of a `describe`, and ends it after them. */
export function setUpChat(framework: string): ChatSetup {
  const chats = new Chats()
  let chat: ChatProcess
  let url = ''
  let talkers: Talker[] = []

  beforeAll(async () => {
    chat = chats.start({ args: [framework] })
    url = await chat.url()
  })

  afterEach(async () => {
    await Promise.all(talkers.map((talker) => talker.leave()))
    talkers = []
  })

  afterAll(async () => {
    await chats.clear()
  })

  const newClient = (): Talker => {
    const talker = new Talker(url)
    talkers.push(talker)
    return talker
  }
  return {
    get url() {
      return url
    },
    inspector: () => chat.printed(/http:\S+\?key=\S+/),
    newClient,
    logIn: async (name) => newClient().logIn(name),
  }
}
