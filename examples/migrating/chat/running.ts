import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of the chat. */
export interface Running {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Waits until a server listens. @param end closes its connections; without it, `server.close()` waits for them */
export async function running(server: Server, end: () => unknown): Promise<Running> {
  if (!server.listening) await new Promise<void>((resolve) => server.once('listening', resolve))
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await end()
    server.closeAllConnections()
    await closed
  }
  return { port: (server.address() as AddressInfo).port, close }
}
