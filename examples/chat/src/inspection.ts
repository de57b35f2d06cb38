import { createHmac, timingSafeEqual } from 'node:crypto'
import type { InspectorOptions } from '@wshub/inspector'
import type { ChatTypes } from './hub.js'

// Who may see the inspector, and what of people it shows. Nobody in the chat has a password, so that no name can be an
// administrator's: the chat prints a key at its start, and a browser that has brought it once keeps it.

const COOKIE = 'chat.inspector'

/** Lines are between the people of a room: an operator sees that somebody wrote, and not what. */
export const INSPECTED: InspectorOptions<ChatTypes> = {
  data: ({ data }) => data,
  messages: { redact: (text) => text.replaceAll(/"text":"(?:[^"\\]|\\.)*"/g, '"text":"…"') },
}

/** What a request brings along. */
export interface InspectorVisit {
  /** Path and query. */
  readonly url: string
  readonly cookie: string | undefined
}

/** What the app answers instead of the inspector. */
export interface InspectorRefusal {
  readonly status: 302 | 401
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Lets those see the inspector who have the key that the server prints. */
export class InspectorKey {
  readonly #key: string

  /** @param secret that of the sessions, so that all servers of a chat have the same key, also after a restart */
  constructor(secret: string) {
    this.#key = createHmac('sha256', secret).update('inspector').digest('base64url')
  }

  /** The path that opens the inspector, with the key. */
  get path(): string {
    return `/hub?key=${this.#key}`
  }

  /** @returns `undefined` if the request may go on to the inspector */
  refuse({ url, cookie = '' }: InspectorVisit): InspectorRefusal | undefined {
    const given = new URL(url, 'http://localhost').searchParams.get('key')
    if (given !== null && this.#fits(given)) return this.#welcome()
    const kept = cookie.split(/; */).find((one) => one.startsWith(`${COOKIE}=`))
    if (kept !== undefined && this.#fits(kept.slice(COOKIE.length + 1))) return undefined
    const body = 'The inspector needs the key that the chat prints when it starts.\n'
    return { status: 401, headers: { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' }, body }
  }

  // The key leaves the address, where it could be read over a shoulder.
  #welcome(): InspectorRefusal {
    const cookie = `${COOKIE}=${this.#key}; Path=/hub; HttpOnly; SameSite=Strict`
    return { status: 302, headers: { 'Cache-Control': 'no-store', 'Set-Cookie': cookie, Location: '/hub/' }, body: '' }
  }

  #fits(given: string): boolean {
    const [one, other] = [Buffer.from(given), Buffer.from(this.#key)]
    return one.length === other.length && timingSafeEqual(one, other)
  }
}
