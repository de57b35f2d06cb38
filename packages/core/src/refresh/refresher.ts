import type { AsyncResource } from 'node:async_hooks'
import type { Duplex } from 'node:stream'
import { checkIdentity, type Handshake, type Identity } from '../admission/identity.js'
import { withAuthorization } from '../admission/handshake-record.js'
import { closedError, HubError } from '../errors.js'
import type { RefreshTraceOf } from '../observability/diagnostics-payloads.js'
import { TRACES, traced } from '../observability/diagnostics.js'
import { CloseCode } from '../protocol/index.js'
import type { RerunSource } from './rerun-source.js'
import { denialOf, type RerunOutcome } from './rerun-outcome.js'

/** What a repeated handshake needs of its connection. */
export interface RefreshedConnection {
  readonly user: string | undefined
  readonly accepting: boolean
  readonly handshake: Handshake
  readonly source: RerunSource
  readonly socket: Duplex
}

/** The new identity of a connection that its app has accepted once more. */
export interface RenewedIdentity<Data> {
  readonly identity: Identity<Data>
  readonly handshake: Handshake
  readonly scope: AsyncResource
}

/** What a refresher needs of its hub. */
export interface RefresherHost<Data, Member> {
  /** The hub that must accept the handshake: the target of its upgrade. */
  readonly target: () => object
  /** Why a user or a session may not stay, although the app has accepted them; `undefined` if they may. */
  against(identity: Identity<Data>, begunAt: number): HubError | undefined
  /** Applies the identity of the repeated handshake. */
  renew(member: Member, renewal: RenewedIdentity<Data>): void
  /** The app set a cookie during the run. No client gets it. */
  cookieDropped(): void
}

/** How a refresh ended. */
export type RefreshResult =
  | { readonly kind: 'renewed'; readonly expiresAt: number | undefined }
  /** @property code the close code of the refusal */
  | { readonly kind: 'refused'; readonly code: number; readonly error: HubError }
  /** It is unknown whether the connection may stay. */
  | { readonly kind: 'unclear'; readonly error: Error }

/** Runs the handshakes of open connections through their app again. Runs without a token share one in progress. */
export class Refresher<Data, Member extends RefreshedConnection> {
  readonly #host: RefresherHost<Data, Member>
  readonly #running = new Map<Member, Promise<RefreshResult>>()

  constructor(host: RefresherHost<Data, Member>) {
    this.#host = host
  }

  /** The last run of a connection; `undefined` if none is in progress. */
  running(member: Member): Promise<RefreshResult> | undefined {
    return this.#running.get(member)
  }

  /**
   * Repeats the handshake of a connection. Without a token it returns the run in progress, if there is one.
   * @param token takes the place of the handshake's Authorization, as `Bearer <token>`
   * @returns how it ended. Never rejects.
   */
  run(member: Member, token?: string): Promise<RefreshResult> {
    const before = this.#running.get(member)
    if (before && token === undefined) return before
    const run = this.#traced(member, token)
    this.#running.set(member, run)
    void run.finally(() => {
      if (this.#running.get(member) === run) this.#running.delete(member)
    })
    return run
  }

  #traced(member: Member, token: string | undefined): Promise<RefreshResult> {
    if (!TRACES.refresh.hasSubscribers) return this.#run(member, token)
    const trace: RefreshTraceOf<Member> = { connection: member }
    return traced(TRACES.refresh, trace, () => this.#run(member, token))
  }

  async #run(member: Member, token: string | undefined): Promise<RefreshResult> {
    const begunAt = performance.now()
    const handshake = token === undefined ? member.handshake : withAuthorization(member.handshake, `Bearer ${token}`)
    const outcome = await member.source.rerun(handshake, this.#host.target(), member.socket)
    if (!member.accepting) return { kind: 'unclear', error: closedError() }
    if (outcome.kind !== 'accepted') return resultOf(outcome)
    if (outcome.cookie) this.#host.cookieDropped()
    const identity = checkIdentity<Data>(outcome.described)
    const refusal = otherUser(member, identity) ?? this.#host.against(identity, begunAt)
    if (refusal) return refusedWith(refusal)
    this.#host.renew(member, { identity, handshake, scope: outcome.scope })
    return { kind: 'renewed', expiresAt: identity.expiresAt === undefined ? undefined : Number(identity.expiresAt) }
  }
}

function otherUser({ user }: RefreshedConnection, identity: Identity): HubError | undefined {
  if (identity.user === user) return undefined
  return new HubError('other_user', 'The handshake belongs to another user now.')
}

function refusedWith(error: HubError): RefreshResult {
  if (error.status >= 500) return { kind: 'unclear', error }
  return { kind: 'refused', code: error.status === 403 ? CloseCode.Forbidden : CloseCode.Unauthorized, error }
}

const CODES: ReadonlyMap<number, string> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [409, 'conflict'],
  [410, 'not_found'],
  [429, 'rate_limited'],
])

function resultOf(outcome: Exclude<RerunOutcome, { kind: 'accepted' }>): RefreshResult {
  if (outcome.kind === 'failed') return { kind: 'unclear', error: outcome.error }
  const { status, text } = outcome
  const denial = denialOf(status)
  const message = text || `The app answered the handshake with ${status}.`
  if (denial !== undefined) {
    // A redirect has no code of its own.
    const code = CODES.get(status) ?? 'unauthorized'
    return { kind: 'refused', code: denial, error: new HubError(code, message, { status }) }
  }
  const code = CODES.get(status) ?? (status < 500 ? 'not_repeatable' : 'refresh_failed')
  return { kind: 'unclear', error: new HubError(code, message, { status: status < 400 ? 502 : status }) }
}
