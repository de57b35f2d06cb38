import type { Destinations } from '../messages/dispatcher.js'
import type { Settings } from './options.js'

type Takers = 'router' | 'onMessage' | 'onText' | 'onBinary'

/** Who takes messages. */
export function takersOf<Data, Events extends object>(
  settings: Settings<Data, Events>,
): Pick<Destinations<Data, Events>, Takers> {
  const { router, onMessage, onText, onBinary } = settings
  return { router, onMessage, onText, onBinary }
}
