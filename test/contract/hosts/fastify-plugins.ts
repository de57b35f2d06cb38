import compress from '@fastify/compress'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import type { Plugin } from './host.js'

/** Sets up each plugin. Every app has cookies; Fastify parses JSON and text itself. */
export const plugins: Readonly<Partial<Record<Plugin, (app: FastifyInstance) => unknown>>> = {
  helmet: (app) => app.register(helmet),
  compression: (app) => app.register(compress, { threshold: 0 }),
  'rate-limit': (app) => app.register(rateLimit, { timeWindow: 60_000, max: 3, enableDraftSpec: true }),
  bodies: (app) => app.register(formbody),
}
