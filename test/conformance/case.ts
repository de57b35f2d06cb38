import type { Mode } from './target.js'
import type { Ending, Verdict } from './verdict.js'

/** A stream of frames and exactly what must become of it. */
export interface FrameCase {
  /** Where it is written: RFC 6455 unless it says otherwise. */
  readonly section: string
  readonly name: string
  readonly frames: readonly Buffer[]
  readonly ending: Ending
  /** @default none */
  readonly messages?: readonly (string | Buffer)[]
  /** @default none */
  readonly pongs?: readonly (string | Buffer)[]
  /** The only hub that it is meant for. @default both: with and without compression agreed on */
  readonly mode?: Mode
  /** The offer of compression. @default `permessage-deflate` */
  readonly offer?: string
}

/** The verdict that a case spells out. */
export function verdictOf({ ending, messages = [], pongs = [] }: FrameCase): Verdict {
  return { ...ending, messages, pongs: pongs.map((payload) => Buffer.from(payload as string)) }
}
