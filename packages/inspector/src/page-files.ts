import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { type InspectorAnswer, type InspectorRequest, SECURITY_HEADERS } from './inspector-answer.js'

interface PageFile {
  readonly body: Buffer
  readonly type: string
  readonly tag: string
}

const FOLDER = join(__dirname, '../public')

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The files of the page, by path. They are read once and stay in memory: about 70 KB. */
let pageFiles: ReadonlyMap<string, PageFile> | undefined

/** The file with this path; `undefined` if there is none. */
export function pageFileAnswer({ path, headers }: InspectorRequest): InspectorAnswer | undefined {
  pageFiles ??= readPageFiles()
  const file = pageFiles.get(path)
  if (!file) return undefined
  const { body, type, tag } = file
  const head = { ...SECURITY_HEADERS, 'cache-control': 'no-cache', etag: tag }
  if (headers['if-none-match'] === tag) return { status: 304, headers: head, body: '' }
  return { status: 200, headers: { ...head, 'content-type': type }, body }
}

function readPageFiles(): ReadonlyMap<string, PageFile> {
  const files = readdirSync(FOLDER).map(
    (name) => [name === 'index.html' ? '/' : `/${name}`, readPageFile(name)] as const,
  )
  return new Map(files)
}

function readPageFile(name: string): PageFile {
  const body = readFileSync(join(FOLDER, name))
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { body, tag, type: MEDIA_TYPES[extname(name)] ?? 'application/octet-stream' }
}
