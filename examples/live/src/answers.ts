import { randomUUID } from 'node:crypto'
import { HubError, type Position, type Room } from '@wshub/core'
import type { Ending, Events } from './events.js'

/** Tokens of an answer, until the signal is aborted. */
export type Model = (prompt: string, signal: AbortSignal) => AsyncIterable<string>

type AnswerRoom = Room<{ events: Events }>

interface Run {
  readonly room: AnswerRoom
  readonly stop: AbortController
  text: string
  ending: Ending | undefined
}

/** How long an answer can be read after its end. */
const KEPT_MS = 3_600_000

/** Answers of a model. Each continues whether a client reads it or not: a reload and a second tab find it by its id. */
export class Answers {
  readonly #model: Model
  readonly #runs = new Map<string, Run>()

  constructor(model: Model) {
    this.#model = model
  }

  has(id: string | undefined): boolean {
    return id !== undefined && this.#runs.has(id)
  }

  /** Begins an answer. @param roomOf the room of an answer, by its id @returns the id */
  begin(prompt: string, roomOf: (id: string) => AnswerRoom): string {
    const id = randomUUID()
    const run: Run = { room: roomOf(id), stop: new AbortController(), text: '', ending: undefined }
    this.#runs.set(id, run)
    void this.#write(run, prompt).then(() => setTimeout(() => this.#runs.delete(id), KEPT_MS).unref())
    return id
  }

  /** Ends an answer early. */
  stop(id: string): void {
    this.#find(id).stop.abort()
  }

  /** The text so far. Tokens after the position are emitted to the room; a few of them may be in the text already. */
  async read(id: string): Promise<{ text: string; ending: Ending | undefined; position: Position | undefined }> {
    const run = this.#find(id)
    const position = await run.room.history?.position()
    return { text: run.text, ending: run.ending, position }
  }

  #find(id: string): Run {
    const run = this.#runs.get(id)
    if (!run) throw new HubError('no_such_answer', `There is no answer ${id}.`, { status: 404 })
    return run
  }

  async #write(run: Run, prompt: string): Promise<void> {
    const { room, stop } = run
    try {
      for await (const text of this.#model(prompt, stop.signal)) {
        const at = run.text.length
        run.text += text
        room.emit('token', { at, text })
      }
      run.ending = stop.signal.aborted ? 'stopped' : 'complete'
    } catch {
      run.ending = stop.signal.aborted ? 'stopped' : 'failed'
    }
    room.emit('ended', { reason: run.ending })
  }
}
