import type { Mode } from './target.js'
import type { Ending, Verdict } from './verdict.js'

/** A stream of frames and its exact outcome. */
export interface FrameCase {
  /** The section of RFC 6455, or of another RFC if it is named. */
  readonly section: string
  readonly name: string
  readonly frames: readonly Buffer[]
  readonly ending: Ending
  /** @default none */
  readonly messages?: readonly (string | Buffer)[]
  /** @default none */
  readonly pongs?: readonly (string | Buffer)[]
  /** The only hub that the case is for. @default both, with and without compression */
  readonly mode?: Mode
  /** The offer of compression. @default `permessage-deflate` */
  readonly offer?: string
}

/** The expected outcome of a case. */
export function verdictOf({ ending, messages = [], pongs = [] }: FrameCase): Verdict {
  return { ...ending, messages, pongs: pongs.map((payload) => Buffer.from(payload as string)) }
}
