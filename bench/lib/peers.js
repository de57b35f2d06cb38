import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// The package `bun` only moves the binary in an install script; npm has put it here already.
const architecture = process.arch === 'arm64' ? 'aarch64' : process.arch
const BUN = inBench(`node_modules/@oven/bun-${process.platform}-${architecture}/bin/bun`)

const node = (file, more = {}) => ({ file: `servers/${file}.js`, dialect: 'plain', ...more })

/** Who is measured: which program, what its clients speak, and which package's version names it. */
export const PEERS = {
  wshub: node('wshub-express', { package: '../packages/core', label: 'wshub' }),
  'wshub-express': node('wshub-express', { package: '../packages/express', label: 'wshub (Express)' }),
  'wshub-koa': node('wshub-koa', { package: '../packages/koa', label: 'wshub (Koa)' }),
  'wshub-fastify': node('wshub-fastify', { package: '../packages/fastify', label: 'wshub (Fastify)' }),
  net: node('net', { label: 'Node `net`, same writes' }),
  http: node('http', { label: 'bare sockets of `http`' }),
  bun: node('bun', { package: 'bun', runtime: BUN, label: 'Bun' }),
  ws: node('ws', { package: 'ws', label: 'naive ws' }),
  crossws: node('crossws', { package: 'crossws', label: 'crossws' }),
  'fastify-websocket': node('fastify-websocket', { package: '@fastify/websocket', label: '@fastify/websocket' }),
  'express-ws': node('express-ws', { package: 'express-ws', label: 'express-ws' }),
  'socket.io': node('socket.io', { package: 'socket.io', dialect: 'socket.io', label: 'socket.io' }),
  'plain-http': node('plain-http', { plain: true, label: 'plain request, node:http' }),
  'plain-express': node('plain-express', { plain: true, package: 'express', label: 'plain request, Express' }),
  'plain-koa': node('plain-koa', { plain: true, package: 'koa', label: 'plain request, Koa' }),
  'plain-fastify': node('plain-fastify', { plain: true, package: 'fastify', label: 'plain request, Fastify' }),
  'bare-express': node('bare-express', { label: 'least handshake, Express' }),
  'bare-koa': node('bare-koa', { label: 'least handshake, Koa' }),
  'bare-fastify': node('bare-fastify', { label: 'least handshake, Fastify' }),
}

/** Why a peer can't be measured here, or `undefined`. */
export function missing(name) {
  if (name !== 'bun' || existsSync(BUN)) return undefined
  return 'the package `bun` brings no binary for this platform, or npm could not install it'
}

/** The versions of what is measured. */
export function versionsOf(names) {
  const entries = [...new Set(names)].map((name) => [name, PEERS[name]?.package]).filter(([, id]) => id)
  return Object.fromEntries(entries.map(([name, id]) => [name, versionOf(id)]))
}

// Read as a file: not every package exports its package.json.
function versionOf(id) {
  const folder = id.startsWith('.') ? id : `node_modules/${id}`
  return JSON.parse(readFileSync(inBench(`${folder}/package.json`), 'utf8')).version
}

function inBench(path) {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}
