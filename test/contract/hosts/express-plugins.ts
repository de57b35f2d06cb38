import compression from 'compression'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import responseTime from 'response-time'
import type { Plugin } from './host.js'

/** Each function creates a new middleware, so that apps share no state. */
export const plugins: Readonly<Record<Plugin, () => RequestHandler[]>> = {
  helmet: () => [helmet()],
  compression: () => [compression({ threshold: 0 })],
  'rate-limit': () => [rateLimit({ windowMs: 60_000, limit: 3, standardHeaders: 'draft-8', legacyHeaders: false })],
  cookies: () => [cookieParser()],
  bodies: () => [express.json(), express.urlencoded({ extended: false }), express.text(), express.raw()],
  'response-time': () => [responseTime()],
}
