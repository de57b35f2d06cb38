import { cookiesOf } from '../support/cookies'
import { FRAMEWORKS } from './chat-process'
import { setUpChat } from './chat-setup'

// The inspector of the chat needs the key that the chat prints.

/** The response to a request with or without a cookie. */
function open(url: string, cookie = ''): Promise<Response> {
  return fetch(url, { redirect: 'manual', headers: { cookie } })
}

describe.each(FRAMEWORKS)('the inspector of the chat on %s', (framework) => {
  const on = setUpChat(framework)

  test('the inspector answers no request without the key, logged in or not', async () => {
    const ann = await on.logIn('Ann')
    const paths = ['/hub', '/hub/', '/hub/main.js', '/hub/api/overview', '/hub/?key=', '/hub?key=wrong']
    const answers = [...paths.map((path) => open(on.url + path)), ...paths.map((path) => ann.call('GET', path))]
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 401))
    expect((await open(`${on.url}/hub/api/overview`, 'chat.inspector=wrong')).status).toBe(401)
  })

  test('the printed address opens the inspector of the hub', async () => {
    const ann = await (await on.logIn('Ann')).connect()
    await ann.request('hub:join', { room: 'lobby' })
    const first = await open(await on.inspector())
    expect([first.status, first.headers.get('location')]).toEqual([302, '/hub/'])
    const cookie = cookiesOf(first)
    const page = await open(`${on.url}/hub/`, cookie)
    expect(await page.text()).toContain('<title>Inspector</title>')
    expect(page.headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'")
    const overview = await open(`${on.url}/hub/api/overview`, cookie)
    expect(await overview.json()).toMatchObject({ hub: 'chat', servers: [{ connections: 1 }] })
    const rooms = await open(`${on.url}/hub/api/rooms?search=lobby`, cookie)
    expect(await rooms.json()).toMatchObject({ rooms: [{ name: 'lobby', members: 1 }] })
  })
})
