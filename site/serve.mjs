// Serves the built site on this computer. `PORT` is 4173 by default.

import { fileURLToPath } from 'node:url'
import express from 'express'

/** Starts to serve the site. @returns the HTTP server, which listens */
export function serveSite(port) {
  const site = express().use(express.static(fileURLToPath(new URL('dist', import.meta.url)), { extensions: ['html'] }))
  return site.listen(port, '127.0.0.1')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = serveSite(Number(process.env.PORT ?? 4173))
  server.once('listening', () => console.log(`The documentation is at http://127.0.0.1:${server.address().port}`))
}
