import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One version of a package, as npm publishes it. */
interface PublishedVersion {
  readonly dist: { tarball: string }
}

/** What npm sends to publish a package, and gets to install it. */
interface PackageDocument {
  readonly name: string
  readonly versions: Record<string, PublishedVersion>
  readonly 'dist-tags': Record<string, string>
  readonly _attachments?: Record<string, { readonly data: string }>
}

/**
 * The part of npm's registry that publishes and installs the packages of one scope. Every other package comes from the
 * registry that npm is configured for.
 */
export class LocalRegistry {
  readonly #packages = new Map<string, PackageDocument>()
  readonly #tarballs = new Map<string, Buffer>()
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch((error: unknown) => answer(response, 500, { error: String(error) }))
    })
  }

  static async start(): Promise<LocalRegistry> {
    const registry = new LocalRegistry()
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** Lines of an .npmrc for a folder that publishes to this registry, or installs from it. */
  npmrc(scope: string): string {
    return `${scope}:registry=${this.url}\n${this.url.slice('http:'.length)}:_authToken=local\n`
  }

  /** The published packages with their versions. */
  get published(): Record<string, string[]> {
    return Object.fromEntries([...this.#packages].map(([name, { versions }]) => [name, Object.keys(versions)]))
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent((request.url ?? '').slice(1))
    if (request.method === 'PUT') this.#publish(JSON.parse(await text(request)) as PackageDocument)
    const tarball = this.#tarballs.get(path)
    const found = this.#packages.get(path)
    if (tarball) response.end(tarball)
    else if (request.method === 'PUT') answer(response, 201, { ok: true })
    else answer(response, found ? 200 : 404, found ?? { error: 'not_found' })
  }

  #publish({ _attachments: attachments = {}, ...document }: PackageDocument): void {
    const before = this.#packages.get(document.name)
    for (const [file, { data }] of Object.entries(attachments)) this.#tarballs.set(file, Buffer.from(data, 'base64'))
    for (const version of Object.values(document.versions)) {
      const file = Object.keys(attachments)[0] ?? ''
      version.dist.tarball = this.url + file
    }
    const versions = { ...before?.versions, ...document.versions }
    this.#packages.set(document.name, { ...before, ...document, versions })
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
