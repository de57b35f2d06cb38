/** Mistakes that cause no error, each with its remedy. The troubleshooting page has a section for each. */
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
  WSHUB_NOT_ATTACHED:
    'A WebSocket handshake came to upgrade() as an ordinary request, because attach(server) was not called on its server. Call attach(app.listen(3000)), or register the plugin of @wshub/fastify.',
  WSHUB_UPGRADE_REMOVED:
    'A WebSocket handshake came without its Upgrade header: a proxy has removed it. Let the proxy pass on Upgrade and Connection, and speak HTTP/1.1 to this server.',
  WSHUB_NO_ROUTE:
    'The app answered a WebSocket handshake as if it were a page, and none has reached upgrade() yet. Mount the handler that upgrade(hub) returns on a route: app.get(path, upgrade(hub)).',
  WSHUB_UNANSWERED:
    'The app did not answer a WebSocket handshake in time. Look for a middleware that neither answers nor calls next(), a route that does not use the handler that upgrade(hub) returns, and a describe that does not settle.',
  WSHUB_FOREIGN_ORIGIN:
    'A page was refused because its origin is not that of the request. If the page is yours, list its origin in origins of attach(), of the plugin or of upgrade(). If both have the same host in the browser, a proxy changes the Host header.',
  WSHUB_NO_ROUTER:
    'A client sent a request in an envelope to a hub without a router, so it gets no reply. Pass a router: new Hub({ router }).',
  WSHUB_UNKEPT_EMIT:
    'Another server emitted to a room that keeps a history, without keeping the message: clients that reconnect miss it. Call createRoom() with the same options on every server that emits to the room, workers included.',
  WSHUB_RARE_PINGS:
    'heartbeat.pingInterval is 60 s or more. Proxies close connections without traffic after 60 s by default. Use an interval below the read timeout of every proxy.',
  WSHUB_CUT_CONNECTIONS:
    'Connections are cut without a close frame when they have reached the same age: a proxy or load balancer limits their lifetime. Raise its timeout.',
  WSHUB_SLOW_HANDLER:
    'A handler has been running for more than 30 s. Until it settles, the next message of its client waits. Set limits.handlerTimeout, or let the handler return and send the result later.',
} as const

export type WarningCode = keyof typeof WARNINGS

/** Warnings that are shown in production and with `warnings: false` too, because messages are lost. */
const LOSSES: ReadonlySet<WarningCode> = new Set(['WSHUB_UNKEPT_EMIT'])

/** A URL, because the packages do not contain the page. */
const TROUBLESHOOTING = 'https://github.com/wshub/wshub/blob/main/docs/troubleshooting.md'

const shownWarnings = new Set<string>()

/** Shows each kind of mistake once per hub name, as a process warning. */
export class Warnings {
  readonly #name: string
  readonly #enabled: boolean

  /** @param enabled the option of the hub; if it is false or `NODE_ENV` is `production`, only {@link LOSSES} are shown */
  constructor(name: string, enabled: boolean) {
    this.#name = name
    this.#enabled = enabled && process.env['NODE_ENV'] !== 'production'
  }

  /** Whether a warning would be shown now: it is enabled, and was not shown before. */
  isDue(code: WarningCode): boolean {
    return (this.#enabled || LOSSES.has(code)) && !shownWarnings.has(this.#keyOf(code))
  }

  /** @param detail what it is about, in a sentence that is safe to log */
  warn(code: WarningCode, detail = ''): void {
    if (!this.isDue(code)) return
    shownWarnings.add(this.#keyOf(code))
    const text = [WARNINGS[code], detail, `See ${TROUBLESHOOTING}#${code.toLowerCase()}`].filter(Boolean).join(' ')
    process.emitWarning(text, { type: 'WshubWarning', code })
  }

  #keyOf(code: WarningCode): string {
    return `${code} ${this.#name}`
  }
}

/** Lets every warning be shown again. For tests. */
export function forgetShownWarnings(): void {
  shownWarnings.clear()
}
