/** Mistakes that work and endanger an app without anybody noticing. `docs/troubleshooting.md` has a section for each. */
export const WARNINGS = {
  WSHUB_OPEN_ORIGINS:
    "origins is '*' and browsers send cookies: any site can act as your visitors. List the origins that may connect.",
  WSHUB_NO_USER:
    'maxConnectionsPerUser is set, but a connection has no user, so the limit does not hold for it. Return user from describe.',
  WSHUB_TOKEN_IN_URL:
    'A client sent a token in the URL of its handshake, where access logs keep it. Send it in a header, a cookie or with bearerProtocol.',
  WSHUB_FORGED_PROTOCOL:
    'A text that begins with {"type":"hub: was sent: clients take it for a message of the protocol. Wrap texts of clients in an event of your own.',
  WSHUB_NOT_REPEATABLE:
    'The app refused the handshake of a connection when it was repeated for the first time: handshakes with one-time tickets or regenerated sessions cannot be repeated. Use revalidate.check.',
  WSHUB_REFRESH_COOKIE:
    'The app set a cookie while a handshake was repeated for hub:refresh or revalidate. The cookie reaches no client. Skip it if isRefresh(request).',
} as const

export type WarningCode = keyof typeof WARNINGS

const shownWarnings = new Set<string>()

/** Tells of each kind of mistake once per hub name, as a process warning. */
export class Warnings {
  readonly #name: string
  readonly #enabled: boolean

  /** @param enabled the option of the hub; under `NODE_ENV=production` there are no warnings in any case */
  constructor(name: string, enabled: boolean) {
    this.#name = name
    this.#enabled = enabled && process.env['NODE_ENV'] !== 'production'
  }

  tell(code: WarningCode): void {
    if (!this.#enabled) return
    const key = `${code} ${this.#name}`
    if (shownWarnings.has(key)) return
    shownWarnings.add(key)
    process.emitWarning(`${WARNINGS[code]} See ${code} in docs/troubleshooting.md.`, { type: 'WshubWarning', code })
  }
}
