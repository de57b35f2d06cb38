import type { Result } from './middleware-app.js'

/** Headers of a page body, or of one hop, which an upgrade does not have. */
const OF_PAGES = /^(date|connection|keep-alive|transfer-encoding|content-(type|length|encoding)|etag|last-modified):/i
const OF_SOCKETS = /^(date|connection|upgrade|sec-websocket-[a-z]+):/i
const OF_A_HOP = /^(date|connection|keep-alive|transfer-encoding):/i
const NONE = /^(?!)/

/**
 * Expects that a middleware treated both alike: accepted them as the same user, or refused them with the same answer.
 * @param moving headers that change from request to request
 */
export function expectSameTreatment(page: Result, socket: Result, moving = NONE): void {
  if (page.status !== 200) return expectSameAnswer(page, socket, moving)
  expect({ status: socket.status, headers: shown(socket, moving, OF_SOCKETS), body: socket.body }).toEqual({
    status: 101,
    headers: shown(page, moving, OF_PAGES),
    body: page.body,
  })
  expectSameRuns(page, socket)
}

/** Expects that an upgrade got the same answer as a page, such as a refusal or a file. */
export function expectSameAnswer(page: Result, socket: Result, moving = NONE): void {
  expect({ status: socket.status, headers: shown(socket, moving, OF_A_HOP), body: socket.body }).toEqual({
    status: page.status,
    headers: shown(page, moving, OF_A_HOP),
    body: page.body,
  })
  expectSameRuns(page, socket)
}

function expectSameRuns({ runs }: Result, socket: Result): void {
  expect(socket.runs).toEqual(runs)
  expect(new Set(runs).size).toBe(runs.length)
}

function shown({ headers }: Result, ...without: readonly RegExp[]): string[] {
  return headers
    .filter((line) => !without.some((one) => one.test(line)))
    .map((line) => (/^set-cookie:/i.test(line) ? withoutValue(line) : line))
}

/** Removes the value of a cookie: two clients never get the same session. */
function withoutValue(line: string): string {
  return line.replace(/=[^;]*/, '=…').replace(/expires=[^;]*/i, 'Expires=…')
}
