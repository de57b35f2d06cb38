import { createHmac, timingSafeEqual } from 'node:crypto'
import type { InspectorOptions } from '@wshub/inspector'
import type { ChatTypes } from './hub.js'

// Who may see the inspector, and which data of users it shows. The chat has no passwords, so a name cannot identify an
// administrator. The chat prints a key at its start, and a browser that has used the key once keeps it in a cookie.

const COOKIE = 'chat.inspector'

/** Lines are private to a room: an operator sees that a user wrote, but not the text. */
export const INSPECTED: InspectorOptions<ChatTypes> = {
  data: ({ data }) => data,
  messages: { redact: (text) => text.replaceAll(/"text":"(?:[^"\\]|\\.)*"/g, '"text":"…"') },
}

/** The parts of a request that the inspection needs. */
export interface InspectorVisit {
  /** Path and query. */
  readonly url: string
  readonly cookie: string | undefined
}

/** An answer of the app instead of the inspector. */
export interface InspectorRefusal {
  readonly status: 302 | 401
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Allows the inspector for browsers that have the key that the server prints. */
export class InspectorKey {
  readonly #key: string

  /** @param secret the secret of the sessions, so that all servers of a chat have the same key, also after a restart */
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

  // A redirect removes the key from the address bar.
  #welcome(): InspectorRefusal {
    const cookie = `${COOKIE}=${this.#key}; Path=/hub; HttpOnly; SameSite=Strict`
    return { status: 302, headers: { 'Cache-Control': 'no-store', 'Set-Cookie': cookie, Location: '/hub/' }, body: '' }
  }

  #fits(given: string): boolean {
    const [one, other] = [Buffer.from(given), Buffer.from(this.#key)]
    return one.length === other.length && timingSafeEqual(one, other)
  }
}
