import type { Connection, HubTypes } from '@wshub/core'
import { rule } from '@wshub/core/internal'

/** What `redact` gets in addition to the text of a message. */
export interface MessageOrigin<Types extends HubTypes = HubTypes> {
  /** `in` if the client has sent it, `out` if the server has. */
  readonly direction: 'in' | 'out'
  readonly connection: Connection<Types>
}

/** Which messages the inspector shows. */
export interface InspectedMessages<Types extends HubTypes = HubTypes> {
  /** The number of messages that are kept for a connection whose page is open, 1 to 100. @default 20 */
  readonly last?: number | undefined
  /**
   * Returns the text to show for a message; `undefined` to show only its size. It is called on the server of the
   * connection, once for each message, and only while the page of the connection is open. Bytes are never shown.
   */
  readonly redact: (text: string, origin: MessageOrigin<Types>) => string | undefined
}

/** What an inspector shows in addition to counts, rooms, users and addresses. All options may be left out. */
export interface InspectorOptions<Types extends HubTypes = HubTypes> {
  /** Returns the value to show for `connection.data`, as JSON. @default nothing is shown */
  readonly data?: ((connection: Connection<Types>) => unknown) | undefined
  /** Shows the last messages of a connection while its page is open. @default no message is shown */
  readonly messages?: InspectedMessages<Types> | undefined
  /** Whether the page can disconnect clients. @default false */
  readonly actions?: boolean | undefined
}

/** The most messages that are kept for one connection. */
export const MAX_LAST_MESSAGES = 100

const OPTION_RULES: rule.Rules<InspectorOptions> = {
  data: rule.aFunction,
  messages: rule.anObject,
  actions: rule.aBoolean,
}

const MESSAGE_RULES: rule.Rules<InspectedMessages> = {
  last: rule.expect(
    `a whole number from 1 to ${MAX_LAST_MESSAGES}`,
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_LAST_MESSAGES,
  ),
  redact: rule.aFunction,
}

/** @throws TypeError that names the option and its value */
export function checkInspectorOptions(options: InspectorOptions): void {
  rule.check('', options, OPTION_RULES)
  if (options.messages === undefined) return
  rule.check('messages', options.messages, MESSAGE_RULES)
  if (options.messages.redact === undefined) throw new TypeError('The option messages.redact is required.')
}
