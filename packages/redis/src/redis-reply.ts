import type { RedisReply } from './driver.js'

/** The elements of a reply; none if it is not a list. */
export function listOf(reply: RedisReply | undefined): readonly RedisReply[] {
  return Array.isArray(reply) ? (reply as readonly RedisReply[]) : []
}
