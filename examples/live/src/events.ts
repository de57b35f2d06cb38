import type { WithBytes } from '@wshub/core'

/** What the server emits. */
export interface Events {
  /** To the room of an answer. `at`: the length of the text before the token. */
  token: { readonly at: number; readonly text: string }
  ended: { readonly reason: Ending }
  /** To the room of the prices; volatile. */
  price: Price
  image: WithBytes<{ readonly caption: string }>
}

export type Ending = 'complete' | 'stopped' | 'failed'

export interface Price {
  readonly symbol: string
  readonly bid: number
}
