import { type ChatProcess, Chats } from './chat-process'
import { ChatClient } from './chat-client'

/** A chat that the tests of a `describe` share, and its clients. */
export interface ChatSetup {
  /** Its address. */
  readonly url: string
  /** The address of its inspector, with the key. */
  readonly inspector: () => Promise<string>
  /** A client without a login, which is closed after the test. */
  readonly newClient: () => ChatClient
  readonly logIn: (name: string) => Promise<ChatClient>
}

/** Starts a chat for the tests of a `describe`, and ends it after them. */
export function setUpChat(framework: string): ChatSetup {
  const chats = new Chats()
  let chat: ChatProcess
  let url = ''
  let chatClients: ChatClient[] = []

  beforeAll(async () => {
    chat = chats.start({ args: [framework] })
    url = await chat.url()
  })

  afterEach(async () => {
    await Promise.all(chatClients.map((chatClient) => chatClient.leave()))
    chatClients = []
  })

  afterAll(async () => {
    await chats.clear()
  })

  const newClient = (): ChatClient => {
    const chatClient = new ChatClient(url)
    chatClients.push(chatClient)
    return chatClient
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
