import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, type Encoder, length, toUint8Array, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness'
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync'
import { Doc } from 'yjs'

/** Types of messages, as y-websocket has them. */
const SYNC = 0
const AWARENESS = 1

/** A connection to a page that edits the document. */
interface Editor {
  send(message: Uint8Array): unknown
}

/** A document that is open, and its editors: the server's side of y-websocket's protocol. */
export class OpenDocument {
  readonly doc = new Doc()
  readonly awareness = new Awareness(this.doc)
  /** The ids in the awareness that belong to each editor. */
  readonly #editors = new Map<Editor, Set<number>>()

  constructor() {
    this.awareness.setLocalState(null)
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      this.#send(
        messageOf(SYNC, (encoder) => writeUpdate(encoder, update)),
        origin,
      )
    })
    this.awareness.on('update', ({ added, updated, removed }: Record<string, number[]>, origin: unknown) => {
      const changed = [...(added ?? []), ...(updated ?? []), ...(removed ?? [])]
      const ids = this.#editors.get(origin as Editor)
      for (const id of added ?? []) ids?.add(id)
      for (const id of removed ?? []) ids?.delete(id)
      this.#send(this.#statesOf(changed))
    })
  }

  get isEmpty(): boolean {
    return this.#editors.size === 0
  }

  /** Sends an editor what there is. */
  open(editor: Editor): void {
    this.#editors.set(editor, new Set())
    editor.send(messageOf(SYNC, (encoder) => writeSyncStep1(encoder, this.doc)))
    const ids = [...this.awareness.getStates().keys()]
    if (ids.length > 0) editor.send(this.#statesOf(ids))
  }

  /** @throws Error if the bytes are no message of y-websocket */
  receive(editor: Editor, bytes: Uint8Array): void {
    const decoder = createDecoder(bytes)
    const type = readVarUint(decoder)
    if (type === AWARENESS) return applyAwarenessUpdate(this.awareness, readVarUint8Array(decoder), editor)
    if (type !== SYNC) throw new Error(`Unknown type ${type}.`)
    const answer = createEncoder()
    writeVarUint(answer, SYNC)
    // The third argument is the origin of the update: this editor does not get it back.
    readSyncMessage(decoder, answer, this.doc, editor, (error) => {
      throw error
    })
    if (length(answer) > 1) editor.send(toUint8Array(answer))
  }

  close(editor: Editor): void {
    const ids = this.#editors.get(editor) ?? []
    this.#editors.delete(editor)
    removeAwarenessStates(this.awareness, [...ids], null)
  }

  #statesOf(ids: number[]): Uint8Array {
    const states = encodeAwarenessUpdate(this.awareness, ids)
    return messageOf(AWARENESS, (encoder) => writeVarUint8Array(encoder, states))
  }

  #send(message: Uint8Array, except?: unknown): void {
    for (const editor of this.#editors.keys()) if (editor !== except) editor.send(message)
  }
}

function messageOf(type: number, write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, type)
  write(encoder)
  return toUint8Array(encoder)
}
