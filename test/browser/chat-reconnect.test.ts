import { THOROUGH } from '../examples/chat-process'
import { chatForEach } from './browser-chat'
import { TcpProxy } from '../support/tcp-proxy'
import { scale } from '../support/scale'

// How the page reconnects after its server or the network has failed.

const stage = chatForEach()

describe.each(THOROUGH)('reconnecting to the chat on %s', (framework) => {
  beforeEach(() => stage.open(framework))

  // A server that stops sends clients a time to reconnect; a killed one does not.
  test.each(scale<readonly NodeJS.Signals[]>(['SIGTERM', 'SIGKILL'], ['SIGTERM']))(
    'pages reconnect and lose no line after the server is stopped with %s',
    async (signal) => {
      const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
      await ann.say('Before')
      await ben.sees('Before')
      const port = await stage.chat.port()
      await stage.chat.stop(signal)
      await ann.page.getByText('The connection is lost').waitFor()
      await ann.say('Written while the server was away')
      await stage.chats.start({ args: [framework], env: { PORT: port } }).url()

      await Promise.all([ann.connected(), ben.connected()])
      await ben.sees('Written while the server was away')
      await ben.say('After')
      await ann.sees('After')
      const all = ['Before', 'Written while the server was away', 'After']
      expect(await ann.lines.allTextContents()).toEqual(all)
      expect(await ben.lines.allTextContents()).toEqual(all)
      expect((await ann.closures())[0]).toBe(signal === 'SIGTERM' ? 1001 : 1006)
    },
  )

  test('lines missed during a network failure appear once', async () => {
    const proxy = await TcpProxy.to(Number(await stage.chat.port()))
    try {
      const [ann, ben] = [await stage.enter('Ann', proxy.url), await stage.enter('Ben')]
      await ben.say('One')
      await ann.sees('One')
      proxy.cut()
      await ann.page.getByText('The connection is lost').waitFor()
      await ben.say('Two')
      await ben.say('Three')
      await ben.sees('Three')
      proxy.mend()
      await ann.sees('Three')
      await ben.say('Four')
      await ann.sees('Four')
      expect(await ann.lines.allTextContents()).toEqual(['One', 'Two', 'Three', 'Four'])
    } finally {
      await proxy.close()
    }
  })
})
