import { type Hub, HubError, type HubTypes } from '@wshub/core'
import { HubInspector } from './hub-inspector.js'
import {
  BadRequest,
  errorAnswer,
  type InspectorAnswer,
  type InspectorRequest,
  jsonAnswer,
  SECURITY_HEADERS,
} from './inspector-answer.js'
import { checkInspectorOptions, type InspectorOptions } from './inspector-options.js'
import { OverviewReader } from './overview.js'
import { pageFileAnswer } from './page-files.js'
import { parametersOf, requiredText, wholeNumber } from './query-parameters.js'
import { MAX_ROOM_LIMIT } from './room-list.js'
import { assertOwnPage } from './own-page.js'

/** Answers one kind of request of the page. */
type Respond = (request: InspectorRequest) => InspectorAnswer | Promise<InspectorAnswer>

const DEFAULT_PAGE = '50'
const MAX_CONNECTIONS = 200
/** Milliseconds to wait for another server when its connections are listed. */
const LIST_TIMEOUT_MS = 1500

/**
 * The inspector of a hub without a framework: it takes requests and returns answers. It has no authentication: the
 * app must pass only requests of users who may see the hub.
 */
export class Inspector<Types extends HubTypes = HubTypes> {
  readonly #inspector: HubInspector
  readonly #overview: OverviewReader
  readonly #reads: ReadonlyMap<string, Respond>
  readonly #actions: ReadonlyMap<string, Respond>

  /** @throws TypeError if `hub` is not a Hub, an option is wrong, or the hub has an inspector with other options */
  constructor(hub: Hub<Types>, options: InspectorOptions<Types> = {}) {
    // The types of the hub do not matter, because the page shows connections of any type as text.
    const [anyHub, anyOptions] = [hub, options] as unknown as [Hub, InspectorOptions]
    checkInspectorOptions(anyOptions)
    this.#inspector = HubInspector.of(anyHub, anyOptions)
    const { data, messages, actions = false } = anyOptions
    this.#overview = new OverviewReader(anyHub, { data: Boolean(data), messages: Boolean(messages), actions })
    this.#reads = new Map<string, Respond>([
      ['/api/overview', (request) => this.#counts(request)],
      ['/api/connections', (request) => this.#connections(request)],
      ['/api/connection', (request) => this.#connection(request)],
      ['/api/rooms', (request) => this.#rooms(request)],
    ])
    this.#actions = new Map<string, Respond>([
      ['/api/ping', (request) => this.#ping(request)],
      ...(actions ? [['/api/disconnect', (request) => this.#disconnect(request)] as [string, Respond]] : []),
    ])
  }

  /**
   * Answers a request. An invalid request never makes it reject.
   * @returns `undefined` if the inspector has nothing at this path
   */
  async answer(request: InspectorRequest): Promise<InspectorAnswer | undefined> {
    const answer = await this.#answer(request)
    return answer && request.method === 'HEAD' ? { ...answer, body: '' } : answer
  }

  #answer(request: InspectorRequest): InspectorAnswer | undefined | Promise<InspectorAnswer> {
    const { method, path } = request
    const action = this.#actions.get(path)
    if (action) return method === 'POST' ? this.#run(action, request, true) : notAllowed('POST')
    const read = this.#reads.get(path)
    const file = read
      ? undefined
      : path === '/' && !endsWithSlash(request)
        ? redirect(request)
        : pageFileAnswer(request)
    if (!read && !file) return undefined
    if (method !== 'GET' && method !== 'HEAD') return notAllowed('GET, HEAD')
    return read ? this.#run(read, request, false) : file
  }

  async #run(respond: Respond, request: InspectorRequest, changes: boolean): Promise<InspectorAnswer> {
    try {
      if (changes) assertOwnPage(request)
      return await respond(request)
    } catch (error) {
      if (error instanceof BadRequest) return errorAnswer(error)
      throw error
    }
  }

  async #counts({ url }: InspectorRequest): Promise<InspectorAnswer> {
    parametersOf(url, [])
    return jsonAnswer(200, await this.#overview.current)
  }

  async #connections({ url }: InspectorRequest): Promise<InspectorAnswer> {
    const { limit = DEFAULT_PAGE, ...query } = parametersOf(url, ['user', 'room', 'address', 'limit', 'cursor'])
    const most = wholeNumber('limit', limit, MAX_CONNECTIONS)
    try {
      const { hub } = this.#inspector
      return jsonAnswer(200, await hub.list({ cluster: true, timeout: LIST_TIMEOUT_MS, ...query, limit: most }))
    } catch (error) {
      if (error instanceof HubError && error.code === 'invalid_cursor')
        throw new BadRequest(error.message, 400, error.code)
      throw error
    }
  }

  async #rooms({ url }: InspectorRequest): Promise<InspectorAnswer> {
    const { limit = DEFAULT_PAGE, search = '', after } = parametersOf(url, ['search', 'after', 'limit'])
    return jsonAnswer(
      200,
      await this.#inspector.rooms({ search, after, limit: wholeNumber('limit', limit, MAX_ROOM_LIMIT) }),
    )
  }

  async #connection({ url }: InspectorRequest): Promise<InspectorAnswer> {
    return jsonAnswer(200, await this.#inspector.connection(connectionId(url)))
  }

  /** The answer has no `ms` if no server has the connection, or its client does not answer. */
  async #ping({ url }: InspectorRequest): Promise<InspectorAnswer> {
    return jsonAnswer(200, { ms: await this.#inspector.ping(connectionId(url)) })
  }

  #disconnect({ url }: InspectorRequest): InspectorAnswer {
    const id = connectionId(url)
    const { hub } = this.#inspector
    hub.client(id).disconnect(4403, 'disconnected by an operator')
    return jsonAnswer(202, { id })
  }
}

function connectionId(url: string): string {
  return requiredText('id', parametersOf(url, ['id']).id)
}

function notAllowed(methods: string): InspectorAnswer {
  return errorAnswer(new BadRequest(`Allowed here is: ${methods}.`, 405, 'method_not_allowed'), { allow: methods })
}

function pathIn(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

function endsWithSlash({ url }: InspectorRequest): boolean {
  return pathIn(url).endsWith('/')
}

// The location is relative, so that it is also correct behind a proxy that adds a prefix to the path.
function redirect({ url }: InspectorRequest): InspectorAnswer {
  const [last = ''] = pathIn(url).split('/').slice(-1)
  return {
    status: 302,
    headers: { ...SECURITY_HEADERS, 'cache-control': 'no-store', location: `./${last}/` },
    body: '',
  }
}
