import { createServer } from 'node:http'

const server = createServer((_request, response) => response.end(process.argv.slice(2).join(' ')))
server.listen(Number(process.env['PORT'] ?? 3000))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close())
