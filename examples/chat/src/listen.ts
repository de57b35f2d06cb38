import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

// The address of a server, and the error that it prints if it can't listen there.

/** @throws Error if the text is not a port */
export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error(`PORT must be a whole number from 0 to 65535, not "${text}".`)
}

export interface Place {
  readonly port: number
  readonly host: string
  /** The command to try again. */
  readonly command: string
}

/** @throws Error whose message contains the solution */
export function listen(server: Server, { port, host, command }: Place): Promise<void> {
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${port} of ${host} is taken. Choose another one: PORT=${port === 65_535 ? 3000 : port + 1} ${command}`,
    EACCES: `This user may not listen on port ${port}. Choose one above 1023: PORT=3000 ${command}`,
    EADDRNOTAVAIL: `HOST must be an address of this machine, and "${host}" is none.`,
    ENOTFOUND: `HOST must be an address of this machine, and "${host}" is none.`,
  }
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(sentences[error.code ?? ''] ?? error.message, { cause: error }))
    })
    server.listen(port, host, resolve)
  })
}

/** @param asked the value of HOST */
export function urlOf(server: Server, asked = 'localhost'): string {
  const { port } = server.address() as AddressInfo
  if (asked === '' || asked === '0.0.0.0' || asked === '::') return `http://localhost:${port}`
  return `http://${asked.includes(':') ? `[${asked}]` : asked}:${port}`
}

/** Milliseconds in which a second signal is ignored. */
const SAME_WISH = 1000

/** Calls back once for the first signal to end the process. A second signal ends it at once. */
export function onStopSignal(stop: () => void, signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): void {
  let since: number | undefined
  const wish = (): void => {
    // npm passes Ctrl+C on although the terminal has also sent it to the server: both count as one signal.
    if (since !== undefined && Date.now() - since > SAME_WISH) process.exit(1)
    if (since !== undefined) return
    since = Date.now()
    stop()
  }
  for (const signal of signals) process.on(signal, wish)
  // If the parent process ends, this one stops too. The channel between them must not keep this one alive.
  process.once('disconnect', wish)
  process.channel?.unref()
}
