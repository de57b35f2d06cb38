// Takes the picture of the chat that the README shows, in light and dark: docs/chat-light.webp and docs/chat-dark.webp.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from './browser.mjs'

const VIEWPORT = { width: 1040, height: 500 }
const TALK = [
  ['Grace', 'The release is out. Who looks at the error rate?'],
  ['Ada', 'I do. 0.02 %, as before.'],
  ['Linus', 'My train was in a tunnel. Everything you wrote is here.'],
  ['Grace', 'Then we are done for today.'],
]
const root = fileURLToPath(new URL('..', import.meta.url))

const data = mkdtempSync(join(tmpdir(), 'chat-'))
const chat = startChat()
const browser = await launchBrowser()
try {
  const url = await urlOf(chat)
  const pages = new Map()
  for (const name of ['Grace', 'Linus', 'Ada']) pages.set(name, await enter(url, name))
  for (const [name, text] of TALK) await say(pages, name, text)
  await pages.get('Linus').getByRole('textbox', { name: 'Message', exact: true }).pressSequentially('See you')
  await pages.get('Ada').getByText('Linus is typing').waitFor()
  for (const colorScheme of ['light', 'dark']) await photograph(pages.get('Ada'), colorScheme)
} finally {
  await browser.close()
  chat.kill()
  rmSync(data, { recursive: true, force: true })
}

function startChat() {
  const env = { ...process.env, PORT: '0', DATA_DIR: data }
  return spawn(process.execPath, [join(root, 'examples/chat/dist/main.js')], { env })
}

async function urlOf({ stdout }) {
  let output = ''
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    output += chunk
    const url = /http:\/\/\S+:\d+/.exec(output)
    if (url) return url[0]
  }
  throw new Error(`The chat has not started: ${output}`)
}

async function enter(url, name) {
  const context = await browser.newContext({ viewport: VIEWPORT, deviceScaleFactor: 2 })
  const page = await context.newPage()
  await page.goto(url)
  await page.getByLabel('Your name').fill(name)
  await page.keyboard.press('Enter')
  await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor()
  return page
}

async function say(pages, name, text) {
  const composer = pages.get(name).getByRole('textbox', { name: 'Message', exact: true })
  await composer.fill(text)
  await composer.press('Enter')
  for (const page of pages.values()) await page.getByRole('log').getByText(text, { exact: true }).waitFor()
}

async function photograph(page, colorScheme) {
  await page.emulateMedia({ colorScheme })
  writeFileSync(join(root, `docs/chat-${colorScheme}.webp`), await webpOf(await page.screenshot()))
}

/** Chromium compresses pictures to WebP, but playwright takes them as PNG alone. */
async function webpOf(png) {
  const page = await browser.newPage()
  const base64 = await page.evaluate(
    async (source) => {
      const picture = new Image()
      picture.src = source
      await picture.decode()
      const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height })
      canvas.getContext('2d').drawImage(picture, 0, 0)
      return canvas.toDataURL('image/webp', 0.8).split(',')[1]
    },
    `data:image/png;base64,${png.toString('base64')}`,
  )
  await page.close()
  return Buffer.from(base64, 'base64')
}
