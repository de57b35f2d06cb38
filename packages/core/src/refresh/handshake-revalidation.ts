import { HubError } from '../errors.js'
import { EVEN_SLICE_MS, TimerWheel } from '../lifecycle/timer-wheel.js'
import { memberClosed, isSample, type JudgeEffect, newJudge, memberPassed, memberRefused } from './mass-refusal.js'
import type { RefreshResult } from './refresher.js'

/** What the revalidation needs of its hub. */
export interface HandshakeRevalidationHost<Member> {
  /** Repeats the handshake of a connection. Never rejects. */
  run(member: Member): Promise<RefreshResult>
  /** Closes a connection that may not stay. */
  end(member: Member, code: number): void
  /** A connection was refused that has never passed a run: its handshake may be one that cannot be repeated. */
  refusedAtFirst(): void
  /** Reports a run without a result or, without `member`, a problem of all runs. */
  report(error: Error, member: Member | undefined): void
}

/** The most runs that are in progress at once. */
const MAX_RUNS = 32

/** Repeats the handshake of every connection of a hub once per interval. The runs are spread over the interval. */
export class HandshakeRevalidation<Member extends { readonly accepting: boolean }> {
  readonly #every: number
  readonly #host: HandshakeRevalidationHost<Member>
  readonly #wheel: TimerWheel<Member>
  readonly #judge = newJudge<Member>()
  /** Connections whose run is due, in order. */
  readonly #due = new Set<Member>()
  readonly #running = new Set<Member>()
  /** Connections that passed at least once. */
  readonly #proven = new WeakSet<Member>()
  readonly #members = new Set<Member>()
  /** Connections whose run was brought forward, until it has ended. */
  readonly #sampled = new Set<Member>()
  #lateAt = -Infinity

  /** @param every milliseconds between two runs of a connection */
  constructor(every: number, host: HandshakeRevalidationHost<Member>) {
    this.#every = every
    this.#host = host
    this.#wheel = new TimerWheel({ round: every, sliceMs: EVEN_SLICE_MS, visit: (member) => this.#visit(member) })
  }

  add(member: Member): void {
    this.#members.add(member)
    this.#wheel.add(member)
  }

  remove(member: Member): void {
    this.#members.delete(member)
    this.#wheel.remove(member)
    this.#due.delete(member)
    this.#sampled.delete(member)
    memberClosed(this.#judge, member)
  }

  #visit(member: Member): void {
    if (this.#due.has(member) || this.#running.has(member)) return this.#reportUnlessSampled(member)
    this.#due.add(member)
    this.#start()
  }

  // If a sample is still in progress when the regular run of its connection is due, it replaces the regular run.
  #reportUnlessSampled(member: Member): void {
    if (!this.#sampled.delete(member)) this.#reportLate()
  }

  // Reports once per interval, because one slow store delays the runs of every connection.
  #reportLate(): void {
    const now = performance.now()
    if (now - this.#lateAt < this.#every) return
    this.#lateAt = now
    const message = `The app does not repeat ${this.#members.size} handshakes within ${this.#every} ms.`
    this.#host.report(new HubError('revalidate_timeout', message), undefined)
  }

  #start(): void {
    for (const member of this.#due) {
      if (this.#running.size >= MAX_RUNS) return
      this.#due.delete(member)
      // It is closing already.
      if (!member.accepting) continue
      this.#running.add(member)
      void this.#run(member)
    }
  }

  async #run(member: Member): Promise<void> {
    const result = await this.#host.run(member)
    this.#running.delete(member)
    if (this.#members.has(member) && member.accepting) this.#take(member, result)
    this.#start()
  }

  #take(member: Member, result: RefreshResult): void {
    const count = this.#members.size
    const sampled = this.#sampled.delete(member)
    if (result.kind === 'refused') {
      if (!this.#proven.has(member)) this.#host.refusedAtFirst()
      return this.#perform(memberRefused(this.#judge, { member, code: result.code, sampled }, count))
    }
    if (result.kind === 'unclear') this.#host.report(result.error, member)
    else this.#proven.add(member)
    this.#perform(memberPassed(this.#judge, member, count))
  }

  #perform(effects: readonly JudgeEffect<Member>[]): void {
    for (const effect of effects) {
      if (effect.do === 'end') this.#host.end(effect.member, effect.code)
      else if (effect.do === 'report') this.#host.report(massRefusal(effect), undefined)
      else this.#sample()
    }
  }

  /** Brings the run of one more connection forward, so that the refusals are judged soon. */
  #sample(): void {
    for (const member of this.#members) {
      if (this.#due.has(member) || this.#running.has(member) || !isSample(this.#judge, member)) continue
      // Moves to the end of the order, so that the next sample is another connection.
      this.#members.delete(member)
      this.#members.add(member)
      this.#due.add(member)
      this.#sampled.add(member)
      return
    }
  }
}

function massRefusal({ refused: count, seen }: { readonly refused: number; readonly seen: number }): HubError {
  const message =
    `The app refused ${count} of the last ${seen} handshakes that were repeated. ` +
    'Each connection stays until its next run is refused too.'
  return new HubError('mass_refusal', message)
}
