import * as machine from './machine/index.js'
import type { ClientOptions } from './options.js'
import { send } from './requests.js'
import type { Runner } from './runner.js'

/** Runs the handshake of the connection again, with a new token if there is a token provider. @throws ClientError (as a rejection) */
export async function refresh(runner: Runner, provider: ClientOptions['token']): Promise<void> {
  const { current } = runner.state
  const token = await provider?.({ refused: false })
  if (provider && !token) return runner.run(machine.loggedOut, current)
  const answer = await send(runner, { type: 'hub:refresh', payload: { token } })
  runner.run(machine.refreshed, current, answer)
}
