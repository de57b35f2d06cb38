import bodyParser from 'koa-bodyparser'
import compress from 'koa-compress'
import helmet from 'koa-helmet'
import rateLimit from 'koa-ratelimit'
import responseTime from 'koa-response-time'
import type { Middleware } from 'koa'
import type { Plugin } from './host.js'

const HEADERS = { remaining: 'RateLimit-Remaining', reset: 'RateLimit-Reset', total: 'RateLimit-Limit' }

/** Each function creates a new middleware, so that apps share no state. Koa handles cookies itself. */
export const plugins: Readonly<Partial<Record<Plugin, () => Middleware[]>>> = {
  helmet: () => [helmet()],
  compression: () => [compress({ threshold: 0 })],
  'rate-limit': () => [rateLimit({ driver: 'memory', db: new Map(), max: 3, duration: 60_000, headers: HEADERS })],
  bodies: () => [bodyParser({ enableTypes: ['json', 'form', 'text', 'xml'] })],
  'response-time': () => [responseTime()],
}
