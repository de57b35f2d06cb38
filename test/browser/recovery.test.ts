import type { Page } from 'playwright-core'
import { lineOf, play, positionOf, ScriptedConnection } from './scripted-connection'
import { chatForAll } from './browser-chat'
import { testInFull } from '../support/scale'

// How the page shows a room with history. The tests script the server side of its WebSockets, in orders that are rare with a real server.

const stage = chatForAll()

/** A page in the lobby, and the server's sides of its connections as they come. */
async function open(): Promise<{ readonly page: Page; readonly next: () => Promise<ScriptedConnection> }> {
  const page = await (await stage.browser.newContext()).newPage()
  const sides: ScriptedConnection[] = []
  let arrived: (() => void) | undefined
  await play(page, (socket) => {
    sides.push(new ScriptedConnection(socket))
    arrived?.()
  })
  await page.goto(stage.url)
  await page.getByLabel('Your name').fill('Ann')
  await page.keyboard.press('Enter')
  const next = async (): Promise<ScriptedConnection> => {
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

/** A page that is in the lobby and shows one line, and the connection of the page. */
async function openWithLine(): Promise<Awaited<ReturnType<typeof open>> & { readonly first: ScriptedConnection }> {
  const opened = await open()
  const first = await opened.next()
  await first.join({ recovered: true, offset: 1 })
  await first.load(1, 'One')
  await expectLines(opened.page, 'One')
  return { ...opened, first }
}

test('a new page joins without a position and loads the last lines', async () => {
  const { page, next } = await open()
  const side = await next()
  expect(await side.join({ recovered: true, offset: 2 })).toEqual({ room: 'lobby' })
  side.line('Three', 3)
  await side.load(2, 'One', 'Two')
  await expectLines(page, 'One', 'Two', 'Three')
})

testInFull('a line that is loaded and arrives as well appears once', async () => {
  const { page, next } = await open()
  const side = await next()
  await side.join({ recovered: true, offset: 1 })
  side.line('Two', 2)
  side.line('Three', 3)
  await side.load(1, 'One', 'Two')
  await expectLines(page, 'One', 'Two', 'Three')
})

test('lines that arrive during recovery appear after the missed ones', async () => {
  const { page, next, first } = await openWithLine()
  first.line('Two', 2)
  await expectLines(page, 'One', 'Two')
  await first.close()

  const second = await next()
  second.line('Five', 5)
  for (const [text, offset] of [['Three', 3] as const, ['Four', 4] as const]) second.line(text, offset)
  expect(await second.join({ recovered: true, offset: 4 })).toMatchObject({ offset: 2, epoch: 'one' })
  await expectLines(page, 'One', 'Two', 'Three', 'Four', 'Five')
  await second.close()

  const third = await next()
  expect(await third.join({ recovered: true, offset: 5 })).toMatchObject({ offset: 5 })
})

testInFull('a connection lost during recovery leaves no gap', async () => {
  const { page, next, first } = await openWithLine()
  await first.close()

  const second = await next()
  second.line('Three', 3)
  await second.asked('hub:join')
  await second.close()

  const third = await next()
  for (const [text, offset] of [['Two', 2] as const, ['Three', 3] as const]) third.line(text, offset)
  expect(await third.join({ recovered: true, offset: 3 })).toMatchObject({ offset: 1 })
  await expectLines(page, 'One', 'Two', 'Three')
})

test('the page loads the last lines if recovery is impossible', async () => {
  const { page, next, first } = await openWithLine()
  await first.close()

  const second = await next()
  const asked = await second.asked('hub:join')
  second.reply(asked, { recovered: false, reason: 'expired', ...positionOf(9) })
  await second.load(9, 'Eight', 'Nine')
  await expectLines(page, 'One', 'Eight', 'Nine')
  second.send({ type: 'hub:gap', payload: { room: 'lobby', reason: 'expired', ...positionOf(30) } })
  await second.load(30, 'Thirty')
  second.line('Thirty-one', 31)
  await expectLines(page, 'One', 'Eight', 'Nine', 'Thirty', 'Thirty-one')
})

test('the page joins again while the store is down and then sends what was written', async () => {
  const { page, next } = await open()
  const side = await next()
  const { id } = await side.asked('hub:join')
  side.send({ type: 'error', id, payload: { code: 'unavailable', message: 'Not now.' } })
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Mine')
  await page.keyboard.press('Enter')
  await side.join({ recovered: true, offset: 1 })
  await side.load(1, 'Kept')
  expect((await side.asked('say')).payload).toMatchObject({ room: 'lobby', text: 'Mine' })
  await page.getByRole('log').getByText('Kept', { exact: true }).waitFor()
})

test('a line of the user appears at its position in the room, not when its reply arrives', async () => {
  const { page, next } = await open()
  const side = await next()
  await side.join({ recovered: true, offset: 0 })
  await side.load(0)
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Mine')
  await page.keyboard.press('Enter')
  const asked = await side.asked('say')
  side.reply(asked, lineOf('Mine'))
  side.line('Before mine', 1)
  const mine = { ...lineOf('Mine'), id: asked.payload.id, from: { id: 'ann', name: 'Ann' } }
  side.send({ type: 'line', payload: mine, room: 'lobby', ...positionOf(2) })
  await page.locator('.line:not(.pending)', { hasText: /^Mine$/ }).waitFor()
  await expectLines(page, 'Before mine', 'Mine')
})

testInFull('a refused room is left, and the page shows the message of the server', async () => {
  const { page, next } = await open()
  const side = await next()
  await side.join({ recovered: true, offset: 0 })
  await page.evaluate("location.hash = '#/full'")
  const { id, payload } = await side.asked('hub:join')
  expect(payload.room).toBe('full')
  side.send({ type: 'error', id, payload: { code: 'too_many_rooms', message: 'There are too many rooms.' } })
  await page.getByText('There are too many rooms.').waitFor()
  await page.getByRole('heading', { level: 1, name: 'lobby' }).waitFor()
  expect(new URL(page.url()).hash).toBe('#/lobby')
})
