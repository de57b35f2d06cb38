import { createServer } from 'node:http'
import { listen } from './host.js'

// The floor of a handshake on Node: its HTTP server answers a plain request, and nothing more.
listen(createServer((_, response) => response.end()))
