import { performance } from 'node:perf_hooks'
import { WsClient } from '../support/ws-client.js'

/** What a canary has measured. */
export interface Song {
  readonly answers: number
  /** Milliseconds of the slowest answer. */
  readonly slowest: number
  /** Why it ended; `undefined` if it was stopped. */
  readonly silenced: string | undefined
}

/** Milliseconds between an answer and the next question. */
const BREATH = 5
/** Milliseconds that an answer may take. */
const TIMEOUT_MS = 10_000

/** A healthy client that sends one unique text after the other and expects each back. */
export class Canary {
  readonly #client: WsClient
  readonly #over: Promise<void>
  #stopped = false
  #answers = 0
  #slowest = 0
  #silenced: string | undefined

  private constructor(client: WsClient) {
    this.#client = client
    this.#over = this.#sing()
  }

  static async send(port: number): Promise<Canary> {
    return new Canary(await WsClient.open(`ws://127.0.0.1:${port}/deflate?canary`))
  }

  get song(): Song {
    return { answers: this.#answers, slowest: this.#slowest, silenced: this.#silenced }
  }

  /** Stops it. */
  async rest(): Promise<Song> {
    this.#stopped = true
    await this.#over
    await this.#client.close()
    return this.song
  }

  async #sing(): Promise<void> {
    while (!this.#stopped && this.#silenced === undefined) {
      const question = `${this.#answers}: ${'tweet '.repeat(this.#answers % 50)}`
      const asked = performance.now()
      this.#silenced = await this.#ask(question)
      this.#slowest = Math.max(this.#slowest, performance.now() - asked)
      this.#answers += 1
      await new Promise((resolve) => setTimeout(resolve, BREATH))
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
        done(data.toString() === question ? undefined : `it asked ${question} and heard ${data.toString()}`)
      const closed = (code: number): void => done(`its connection was closed with ${code}`)
      const deadline = setTimeout(() => done(`it had no answer for ${TIMEOUT_MS} ms`), TIMEOUT_MS)
      socket.on('message', answered).on('close', closed)
      this.#client.send(question)
    })
  }
}
