import type { PresenceNews } from '../protocol/index.js'
import type { PresenceEvent, PresenceHead } from '../cluster/broker-presence.js'
import type { PresenceListing } from './presence-listing.js'

/** Events that are kept while a list is on its way. */
const MAX_RECENT = 256

/** The state of one room's presence that the members here have got or are about to get. */
export interface ViewState {
  /** The users of the room, and the tag that names them. Undefined until the first list. */
  known: { tag: string; users: Set<string> } | undefined
  /** The number of the last message to the members. */
  seq: number
  /** The pending changes: whether each user has joined. */
  news: Map<string, boolean>
  /**
   * Whether the next message must contain all users, because members may have a wrong list: `wanted` until the next
   * list, `due` after it.
   */
  reset: 'no' | 'wanted' | 'due'
  /** Whether the list that is on its way was asked for by this view. */
  asked: boolean
  /** The tag of the link while the link is behind the last list. */
  trail: string | undefined
  /** Events that came before the first list, and while another one is on its way; undefined at other times. */
  recent: PresenceEvent[] | undefined
  /** The tag at which this server stood when a check found another one in the store. */
  doubt: string | undefined
}

/** The view of a room before its first list. */
export function newView(): ViewState {
  const nothing = { known: undefined, recent: [], trail: undefined, doubt: undefined }
  return { ...nothing, seq: 0, news: new Map(), reset: 'no', asked: false }
}

/** No member is here any more: the known list becomes outdated, and no member has it. */
export function viewLeft(view: ViewState): void {
  Object.assign(view, newView(), { seq: view.seq })
}

/** Takes an event of the link. @returns whether the topic has to be listed, because an event before it was missed */
export function viewEvent(view: ViewState, event: PresenceEvent): boolean {
  rememberEvent(view, event)
  const { known, trail } = view
  if (!known) return true
  const { tag, previous } = event
  const isNext = previous === known.tag
  if (!isNext && tag !== known.tag && previous !== trail) return true
  // The link may be behind the last list. Then its events lead up to that list, which already contains them.
  view.trail = isNext || tag === known.tag ? undefined : tag
  if (isNext && tag !== known.tag) applyEvent(view, event)
  return false
}

/** A list was asked for. */
export function viewListing(view: ViewState): void {
  view.asked = true
  if (view.known) view.recent = []
}

/** The list failed. */
export function viewListFailed(view: ViewState): void {
  if (!view.asked) return
  view.asked = false
  if (view.known) view.recent = undefined
  else view.reset = 'wanted'
}

/** A member here got a list that does not come from the store. */
export function viewBypassed(view: ViewState): void {
  view.reset = 'wanted'
}

/**
 * Takes a list. Members get the differences from the list that they know; {@link viewReplayed} must follow. The first
 * list reports as joined only the users that are on this server alone, and those that an event has named.
 */
export function viewListed(view: ViewState, listing: PresenceListing): void {
  const { head, users } = listing
  if (!view.asked || !head) return
  const { tag } = head
  const before = view.known?.tag
  view.asked = false
  if (view.reset === 'wanted') view.reset = 'due'
  if (view.known) compareUsers(view, listing)
  else noteFirst(view, listing)
  view.known = { tag, users }
  view.trail = before === tag ? undefined : (view.trail ?? before)
}

/**
 * Applies the events after a list. Until then, the news come from the list alone.
 * @returns whether the topic has to be listed again
 */
export function viewReplayed(view: ViewState): boolean {
  const { recent, known } = view
  if (!recent || !known) return false
  view.recent = undefined
  return !replay(view, recent)
}

/** Compares the tag of the store. @returns whether the topic has to be listed, or checked again */
export function viewChecked(view: ViewState, { tag }: PresenceHead): 'list' | 'again' | undefined {
  const { known, doubt } = view
  view.doubt = undefined
  if (!known) return 'list'
  if (known.tag === tag) return undefined
  // The event may be on its way: only a server that has not moved since it was first behind has missed it.
  if (doubt === known.tag) return 'list'
  view.doubt = known.tag
  return 'again'
}

/** Takes the pending news for the members. */
export function takeNews(view: ViewState): PresenceNews | undefined {
  if (!view.known || (view.reset !== 'due' && view.news.size === 0)) return undefined
  view.seq += 1
  const { seq, news, reset } = view
  view.news = new Map()
  if (reset === 'due') {
    view.reset = 'no'
    return { seq, reset: true, present: [...view.known.users] }
  }
  const of = (joined: boolean): string[] => [...news].flatMap(([user, has]) => (has === joined ? [user] : []))
  return { seq, joined: of(true), left: of(false) }
}

/** @returns whether it is known which these are */
function replay(view: ViewState, recent: readonly PresenceEvent[]): boolean {
  const [first] = recent
  if (!first || !view.known) return true
  const { tag } = view.known
  const at = recent.findLastIndex((event) => event.tag === tag)
  if (at < 0 && first.previous !== tag) return false
  return recent.slice(at + 1).every((event) => !viewEvent(view, event))
}

function applyEvent(view: ViewState, { tag, joined, left }: PresenceEvent): void {
  for (const user of left) note(view, user, false)
  for (const user of joined) note(view, user, true)
  if (view.known) view.known.tag = tag
}

/** Records a change. A join and a leave of one user between two messages cancel out. */
function note({ known, news }: ViewState, user: string, joined: boolean): void {
  if (!known || known.users.has(user) === joined) return
  if (joined) known.users.add(user)
  else known.users.delete(user)
  if (news.get(user) === !joined) news.delete(user)
  else news.set(user, joined)
}

function rememberEvent(view: ViewState, event: PresenceEvent): void {
  view.recent?.push(event)
  if (!view.recent || view.recent.length <= MAX_RECENT) return
  view.recent.shift()
  if (!view.known) view.reset = 'wanted'
}

/** Records how a list differs from the known one. It visits every user only if a user has left. */
function compareUsers(view: ViewState, { users, fresh }: PresenceListing): void {
  const { known, recent = [] } = view
  if (!known) return
  const named = recent.flatMap(({ joined, left }) => [...joined, ...left])
  for (const user of [...fresh, ...named]) if (users.has(user)) note(view, user, true)
  if (known.users.size === users.size) return
  for (const user of known.users) if (!users.has(user)) note(view, user, false)
}

/** Records the new users of the first list: those on this server alone, and those that an event has named. */
function noteFirst({ news, recent = [] }: ViewState, { users, ownUsers }: PresenceListing): void {
  const before = new Map<string, boolean>()
  for (const user of ownUsers) before.set(user, false)
  for (const { joined, left } of recent.toReversed()) {
    for (const user of joined) before.set(user, false)
    for (const user of left) before.set(user, true)
  }
  for (const [user, was] of before) if (users.has(user) !== was) news.set(user, !was)
}
