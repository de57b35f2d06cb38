import { performance } from 'node:perf_hooks'
import { WsClient } from '../support/ws-client.js'

/** What a canary has measured. */
export interface CanaryReport {
  readonly answers: number
  /** Milliseconds of the slowest answer. */
  readonly slowest: number
  /** Why it ended; `undefined` if it was stopped. */
  readonly failure: string | undefined
}

/** Milliseconds between an answer and the next question. */
const PAUSE_MS = 5
/** Milliseconds that an answer may take. */
const TIMEOUT_MS = 10_000

/** A healthy client that sends one unique text after the other and expects each back. */
export class Canary {
  readonly #client: WsClient
  readonly #ended: Promise<void>
  #stopped = false
  #answers = 0
  #slowest = 0
  #failure: string | undefined

  private constructor(client: WsClient) {
    this.#client = client
    this.#ended = this.#run()
  }

  static async open(port: number): Promise<Canary> {
    return new Canary(await WsClient.open(`ws://127.0.0.1:${port}/deflate?canary`))
  }

  get report(): CanaryReport {
    return { answers: this.#answers, slowest: this.#slowest, failure: this.#failure }
  }

  /** Stops it. */
  async stop(): Promise<CanaryReport> {
    this.#stopped = true
    await this.#ended
    await this.#client.close()
    return this.report
  }

  async #run(): Promise<void> {
    while (!this.#stopped && this.#failure === undefined) {
      const question = `${this.#answers}: ${'text '.repeat(this.#answers % 50)}`
      const asked = performance.now()
      this.#failure = await this.#ask(question)
      this.#slowest = Math.max(this.#slowest, performance.now() - asked)
      this.#answers += 1
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  /** @returns a description of what was wrong with the answer */
  #ask(question: string): Promise<string | undefined> {
    const { socket } = this.#client
    return new Promise((resolve) => {
      const done = (wrong?: string): void => {
        clearTimeout(deadline)
        socket.off('message', answered).off('close', closed)
        this.#client.messages.length = 0
        resolve(wrong)
      }
      const answered = (data: Buffer): void =>
        done(data.toString() === question ? undefined : `it asked ${question} and received ${data.toString()}`)
      const closed = (code: number): void => done(`its connection was closed with ${code}`)
      const deadline = setTimeout(() => done(`it had no answer for ${TIMEOUT_MS} ms`), TIMEOUT_MS)
      socket.on('message', answered).on('close', closed)
      this.#client.send(question)
    })
  }
}
