import type { Page, WebSocketRoute } from 'playwright-core'
import { stageForAll } from './stage'

// What the page makes of a room with history, in orders that a real server rarely gives: its WebSockets are played here.

const stage = stageForAll()

interface Asked {
  readonly type: string
  readonly payload: { readonly room: string; readonly offset?: number; readonly epoch?: string; readonly id?: string }
  readonly id: number
}

/** One connection of the page, as the server has it. */
class Side {
  readonly #socket: WebSocketRoute
  readonly #asked: Asked[] = []
  #arrived = (): void => {}

  constructor(socket: WebSocketRoute) {
    this.#socket = socket
    socket.onMessage((text) => {
      this.#asked.push(JSON.parse(String(text)) as Asked)
      this.#arrived()
    })
  }

  /** The next question of a type. */
  async asked(type: string): Promise<Asked> {
    for (;;) {
      const index = this.#asked.findIndex((asked) => asked.type === type)
      const [asked] = index < 0 ? [] : this.#asked.splice(index, 1)
      if (asked) return asked
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message))
  }

  async close(): Promise<void> {
    await this.#socket.close({ code: 1001, reason: 'retry=0' })
  }

  line(text: string, offset: number): void {
    this.send({ type: 'line', payload: lineOf(text), room: 'lobby', offset, epoch: 'one' })
  }

  /** Answers the question for a room, with the last lines of it. */
  async join(...lines: string[]): Promise<void> {
    const { id, payload } = await this.asked('join')
    this.send({ type: 'reply', id, payload: { ...payload, people: [], lines: lines.map(lineOf) } })
  }

  /** Answers the question for what was missed. @returns what the page said of itself */
  async recover(answer: object): Promise<Asked['payload']> {
    const { id, payload } = await this.asked('hub:recover')
    this.send({ type: 'reply', id, payload: { epoch: 'one', connection: 'c', ...answer } })
    return payload
  }
}

function lineOf(text: string): object {
  const from = { id: 'ben', name: 'Ben' }
  return { id: text, room: 'lobby', from, text, time: '2026-01-01T08:00:00.000Z' }
}

/** A page in the lobby, and the server's sides of its connections as they come. */
async function open(): Promise<{ readonly page: Page; readonly next: () => Promise<Side> }> {
  const page = await (await stage.browser.newContext()).newPage()
  const sides: Side[] = []
  let arrived: (() => void) | undefined
  await page.routeWebSocket('**/ws', (socket) => {
    sides.push(new Side(socket))
    arrived?.()
  })
  await page.goto(stage.url)
  await page.getByLabel('Your name').fill('Ann')
  await page.keyboard.press('Enter')
  const next = async (): Promise<Side> => {
    for (;;) {
      const side = sides.shift()
      if (side) return side
      await new Promise<void>((resolve) => (arrived = resolve))
    }
  }
  return { page, next }
}

async function expectLines(page: Page, ...texts: string[]): Promise<void> {
  await page
    .getByRole('log')
    .getByText(texts.at(-1) ?? '', { exact: true })
    .waitFor()
  expect(await page.getByRole('log').locator('.line').allTextContents()).toEqual(texts)
}

test('a new page asks only for its position', async () => {
  const { page, next } = await open()
  const side = await next()
  await side.join('One', 'Two')
  expect(await side.recover({ recovered: true, offset: 2 })).toEqual({ room: 'lobby' })
  await expectLines(page, 'One', 'Two')
})

test('lines that arrive during recovery appear after the missed ones', async () => {
  const { page, next } = await open()
  const first = await next()
  await first.join('One')
  await first.recover({ recovered: true, offset: 1 })
  first.line('Two', 2)
  await expectLines(page, 'One', 'Two')
  await first.close()

  const second = await next()
  await second.join('Not for a page that recovers')
  second.line('Five', 5)
  for (const [text, offset] of [['Three', 3] as const, ['Four', 4] as const]) second.line(text, offset)
  expect(await second.recover({ recovered: true, offset: 4 })).toEqual({ room: 'lobby', offset: 2, epoch: 'one' })
  await expectLines(page, 'One', 'Two', 'Three', 'Four', 'Five')
  await second.close()

  const third = await next()
  await third.join()
  expect(await third.recover({ recovered: true, offset: 5 })).toMatchObject({ offset: 5 })
})

test('a connection lost during recovery leaves no gap', async () => {
  const { page, next } = await open()
  const first = await next()
  await first.join('One')
  await first.recover({ recovered: true, offset: 1 })
  await expectLines(page, 'One')
  await first.close()

  const second = await next()
  await second.join()
  second.line('Three', 3)
  await second.asked('hub:recover')
  await second.close()

  const third = await next()
  await third.join()
  for (const [text, offset] of [['Two', 2] as const, ['Three', 3] as const]) third.line(text, offset)
  expect(await third.recover({ recovered: true, offset: 3 })).toMatchObject({ offset: 1 })
  await expectLines(page, 'One', 'Two', 'Three')
})

test('the page shows the last lines if recovery is impossible', async () => {
  const { page, next } = await open()
  const first = await next()
  await first.join('One')
  await first.recover({ recovered: true, offset: 1 })
  await expectLines(page, 'One')
  await first.close()

  const second = await next()
  await second.join('Eight', 'Nine')
  await second.recover({ recovered: false, reason: 'expired', offset: 9 })
  await expectLines(page, 'One', 'Eight', 'Nine')
  second.send({ type: 'hub:gap', payload: { room: 'lobby', reason: 'expired', offset: 30, epoch: 'one' } })
  await second.join('Thirty')
  expect(await second.recover({ recovered: true, offset: 30 })).toEqual({ room: 'lobby' })
  await expectLines(page, 'One', 'Eight', 'Nine', 'Thirty')
})

test('the page retries recovery while the store is down and shows live lines meanwhile', async () => {
  const { page, next } = await open()
  const side = await next()
  await side.join()
  const { id } = await side.asked('hub:recover')
  side.send({ type: 'error', id, payload: { code: 'unavailable', message: 'Not now.' } })
  side.send({ type: 'line', payload: lineOf('Unkept'), room: 'lobby' })
  await expectLines(page, 'Unkept')
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Mine')
  await page.keyboard.press('Enter')
  expect((await side.asked('say')).payload).toMatchObject({ room: 'lobby', text: 'Mine' })
  await side.join('Kept')
  await side.recover({ recovered: true, offset: 1 })
  await page.getByRole('log').getByText('Kept', { exact: true }).waitFor()
})

test('a line of the user appears at its position in the room, not when its reply arrives', async () => {
  const { page, next } = await open()
  const side = await next()
  await side.join()
  await side.recover({ recovered: true, offset: 0 })
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Mine')
  await page.keyboard.press('Enter')
  const { id, payload } = await side.asked('say')
  side.send({ type: 'reply', id, payload: lineOf('Mine') })
  side.line('Before mine', 1)
  const mine = { ...lineOf('Mine'), id: payload.id, from: { id: 'ann', name: 'Ann' } }
  side.send({ type: 'line', payload: mine, room: 'lobby', offset: 2, epoch: 'one' })
  await page.locator('.line:not(.pending)', { hasText: /^Mine$/ }).waitFor()
  await expectLines(page, 'Before mine', 'Mine')
})
