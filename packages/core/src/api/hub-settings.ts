import { LocalBroker } from '../cluster/local-broker.js'
import type { Compression } from '../broadcast/frame.js'
import type { MessageRate } from '../connection/message-rate.js'
import { warn } from '../errors.js'
import type { HealthOptions } from '../observability/health.js'
import * as rule from '../util/option-rules.js'
import { DEFAULT_LIMITS, type HubOptions, type Limits, type Revalidate } from './hub-options.js'
import type { HubTypes } from './hub-types.js'

const DEFAULT_HEARTBEAT = { pingInterval: 20_000, pongTimeout: 10_000 }
const DEFAULT_COMPRESSION: Compression = { threshold: 1024, level: 6 }
const DEFAULT_BATCH = { window: 0 }

/** The options of a hub with every default filled in. */
export type HubSettings<Types extends HubTypes> = Omit<HubOptions<Types>, keyof Filled<Types>> & Filled<Types>

type Filled<Types extends HubTypes> = rule.Complete<
  Pick<HubOptions<Types>, 'name' | 'broker' | 'onError' | 'warnings'>
> & {
  readonly limits: rule.Complete<Omit<Limits, 'messageRate'>> & { readonly messageRate: MessageRate | undefined }
  readonly heartbeat: typeof DEFAULT_HEARTBEAT
  readonly batch: typeof DEFAULT_BATCH
  readonly health: HealthOptions
  readonly compression: Compression | undefined
}

/** Fills in the defaults. @throws TypeError whose message names the option and its value */
export function resolveOptions<Types extends HubTypes>(options: HubOptions<Types>): HubSettings<Types> {
  rule.check('', options, HUB_RULES)
  const { limits = {}, heartbeat = {}, batch = {}, health = {}, compression = false } = options
  rule.check('limits', limits, LIMIT_RULES)
  if (limits.messageRate) rule.check('limits.messageRate', limits.messageRate, RATE_RULES)
  if (limits.messageRate?.cost) rule.check('limits.messageRate.cost', limits.messageRate.cost, COST_RULES)
  if (options.revalidate) rule.check('revalidate', options.revalidate, REVALIDATE_RULES)
  rule.check('heartbeat', heartbeat, HEARTBEAT_RULES)
  rule.check('batch', batch, BATCH_RULES)
  rule.check('health', health, HEALTH_RULES)
  if (typeof compression === 'object') rule.check('compression', compression, COMPRESSION_RULES)
  return {
    ...options,
    name: options.name ?? 'hub',
    broker: options.broker ?? new LocalBroker(),
    onError: options.onError ?? warn,
    warnings: options.warnings ?? true,
    limits: { ...DEFAULT_LIMITS, ...rule.defined(limits) },
    heartbeat: { ...DEFAULT_HEARTBEAT, ...rule.defined(heartbeat) },
    batch: { ...DEFAULT_BATCH, ...rule.defined(batch) },
    health,
    compression:
      compression === false
        ? undefined
        : { ...DEFAULT_COMPRESSION, ...(compression === true ? {} : rule.defined(compression)) },
  }
}

const HUB_RULES: rule.Rules<HubOptions> = {
  name: rule.aName,
  router: rule.having('dispatch'),
  onOpen: rule.aFunction,
  onClose: rule.aFunction,
  onJoin: rule.aFunction,
  onLeave: rule.aFunction,
  onMessage: rule.aFunction,
  onText: rule.aFunction,
  onBinary: rule.aFunction,
  onError: rule.aFunction,
  heartbeat: rule.anObject,
  revalidate: rule.aRevalidation,
  limits: rule.anObject,
  compression: rule.either(rule.aBoolean, rule.anObject),
  batch: rule.anObject,
  health: rule.anObject,
  warnings: rule.aBoolean,
  broker: rule.having('connect', 'subscribe', 'unsubscribe', 'publish', 'close'),
}

const LIMIT_RULES: rule.Rules<Limits> = {
  maxMessageSize: rule.whole(1, 'bytes'),
  maxBufferedBytes: rule.whole(1, 'bytes'),
  slowConsumer: rule.oneOf('close', 'drop'),
  maxConnectionBytes: rule.atMost('bytes'),
  maxHubBytes: rule.atMost('bytes'),
  maxConnections: rule.atMost('connections'),
  maxConnectionsPerUser: rule.atMost('connections'),
  maxConnectionsPerAddress: rule.atMost('connections'),
  maxRoomsPerConnection: rule.atMost('rooms'),
  maxRoomNameLength: rule.atMost('characters'),
  messageRate: rule.aRate,
  concurrency: rule.atMost('handlers'),
  maxStreams: rule.atMost('streams'),
  writeTimeout: rule.timeLimit,
  openTimeout: rule.timeLimit,
  handlerTimeout: rule.timeLimit,
  authorizeTimeout: rule.time(1),
  idleTimeout: rule.timeLimit,
  closeTimeout: rule.time(1),
}

const RATE_RULES: rule.Rules<MessageRate> = {
  perSecond: rule.aPositive,
  burst: rule.aPositive,
  cost: rule.anObject,
}

const COST_RULES: rule.Rules<NonNullable<MessageRate['cost']>> = {
  perByte: rule.notNegative,
  perRecipient: rule.notNegative,
}

const REVALIDATE_RULES: rule.Rules<Revalidate<HubTypes>> = {
  every: rule.time(10),
  check: rule.aFunction,
}

const HEARTBEAT_RULES: rule.Rules<NonNullable<HubOptions['heartbeat']>> = {
  pingInterval: rule.time(10),
  pongTimeout: rule.time(10),
}

const COMPRESSION_RULES: rule.Rules<Compression> = {
  threshold: rule.whole(0, 'bytes'),
  level: rule.from0to9,
}
const HEALTH_RULES: rule.Rules<HealthOptions> = { requireBroker: rule.aBoolean }
const BATCH_RULES: rule.Rules<NonNullable<HubOptions['batch']>> = { window: rule.time(0) }
