import { takeNews } from '../../packages/core/src/presence/presence-view.js'
import { topicReadFailed } from '../../packages/core/src/presence/presence-state.js'
import { isOccupied, membersHere, type Mutant, type Server, usersAmong } from './presence-world.js'

// The news that the members of a server get, applied as their clients apply it.

/** Members get the news, and apply it as a client does. */
export function notifyMembers(server: Server, mutant: Mutant): void {
  const view = viewOf(server)
  const news = view && takeNews(view)
  if (!news) return
  if (mutant === 'the number of a message does not rise' && view.seq > 1) view.seq -= 1
  const { seq } = server
  if (news.seq <= seq) return
  if (news.seq > seq + 1) throw new Error('a number was left out')
  server.seq = news.seq
  if (server.notified === undefined && !('count' in news) && !('entries' in news)) return
  if ('count' in news) server.notified = news.count
  else if ('entries' in news) server.notified = new Map(news.entries.map((one) => [one.user, JSON.stringify(one)]))
  else if (typeof server.notified === 'object') {
    for (const one of [...news.joined, ...news.changed]) server.notified.set(one.user, JSON.stringify(one))
    for (const user of news.left) server.notified.delete(user)
  }
}

/** Members who wait for a list get only the users of this server. */
export function answerAlone(server: Server, remember: boolean): void {
  server.reading = false
  if (!isOccupied(server)) return
  server.notified = usersAmong(membersHere(server))
  if (remember) topicReadFailed(server.topic)
}

/** The number of users if members of this server get no names; otherwise `undefined`. */
export function countOf(server: Server): number | undefined {
  const view = viewOf(server)
  return view?.isCounted ? view.known?.users.size : undefined
}

/** What a server knows of the topic; `undefined` if it has no members. */
export function viewOf({ topic }: Server): Server['topic']['view'] {
  return topic.view
}

/** What a server knows of the users, as members get it. */
export function knownTo(server: Server): Map<string, string> | number {
  return countOf(server) ?? new Map(viewOf(server)?.known?.users)
}
