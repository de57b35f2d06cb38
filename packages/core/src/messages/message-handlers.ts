import type { DispatcherHost } from './dispatcher.js'
import type { Settings } from '../api/hub-options.js'

type HandlerName = 'router' | 'onMessage' | 'onText' | 'onBinary'

/** Who takes messages. */
export function messageHandlers<Data, Events extends object>(
  settings: Settings<Data, Events>,
): Pick<DispatcherHost<Data, Events>, HandlerName> {
  const { router, onMessage, onText, onBinary } = settings
  return { router, onMessage, onText, onBinary }
}
