import type { Address, Fanout, Question, Replies } from './audience.js'
import type { Connection } from '../connection/connection.js'
import { assertTimeout } from '../connection/requests.js'
import type { Courier } from '../broker/courier.js'
import { Inquiries } from '../broker/inquiry.js'
import type { Answer, Question as Inquiry } from '../broker/parcel.js'
import { encodeEvent } from '../protocol/index.js'

/** What other servers are told of this one when they ask. */
export type Report = () => unknown

/** Asks many, on every server, and answers what other servers ask. */
export class Survey<Data, Events extends object> {
  readonly #members: Fanout<Data, Events>['members']
  readonly #courier: Courier
  readonly #inquiries: Inquiries
  readonly #report: Report

  constructor(members: Fanout<Data, Events>['members'], courier: Courier, report: Report) {
    this.#members = members
    this.#courier = courier
    this.#inquiries = new Inquiries(courier)
    this.#report = report
  }

  /** Asks the members of an audience. @throws TypeError where the question can't be asked */
  async request(address: Address, { type, payload, options }: Question): Promise<Replies> {
    // What has no JSON form is the caller's mistake and not the absence of a reply.
    encodeEvent(type, payload)
    const timeout = assertTimeout(options?.timeout)
    const [here, { payloads }] = await Promise.all([
      this.#ask(address, { type, payload, options }),
      this.#inquiries.ask(address, { type, payload, timeout: forOthers(timeout) }, timeout),
    ])
    const all = [here, ...payloads.filter(isReplies)]
    return { replies: all.flatMap(({ replies }) => replies), missing: all.flatMap(({ missing }) => missing) }
  }

  /** Asks every server for its report. @returns those of the others; `complete` says whether all of them are there */
  reports(timeout: number): ReturnType<Inquiries['ask']> {
    return this.#inquiries.ask({ scope: 'server', names: [''], except: new Set() }, undefined, timeout)
  }

  /** Answers another server. @param again whether this server was asked the same on another topic */
  async answer({ id, server, request }: Inquiry, address: Address, again: boolean): Promise<void> {
    const payload = again ? undefined : request ? await this.#ask(address, inner(request)) : this.#report()
    const to: Address = { scope: 'server', names: [server], except: new Set() }
    this.#courier.send(() => ({ address: to, answer: { id, payload } }))
  }

  /** Takes what another server answered. */
  settle(answer: Answer): void {
    this.#inquiries.settle(answer)
  }

  async #ask(address: Address, { type, payload, options }: Question): Promise<Replies> {
    const replies: unknown[] = []
    const missing: string[] = []
    const ask = async (connection: Connection<Data, Events>): Promise<void> => {
      try {
        replies.push(await connection.request(type, payload, options))
      } catch {
        missing.push(connection.id)
      }
    }
    await Promise.all(this.#members(address).map(ask))
    return { replies, missing }
  }
}

/** Other servers give up a little earlier, so that what they have got is back in time. */
function forOthers(timeout: number): number {
  return timeout - Math.min(timeout / 10, 250)
}

function inner({ type, payload, timeout }: NonNullable<Inquiry['request']>): Question {
  return { type, payload, options: { timeout } }
}

function isReplies(value: unknown): value is Replies {
  const { replies, missing } = (value ?? {}) as Partial<Replies>
  return Array.isArray(replies) && Array.isArray(missing)
}
