import type { ListedMember, PresenceNews } from '../protocol/index.js'
import { decodeJson } from '../protocol/codec.js'
import type { PresenceEvent, PresenceHead } from '../cluster/broker-presence.js'
import { presentUserText } from './present-user.js'
import type { PresenceListing } from './presence-listing.js'

/** The most events that are kept while a list is on its way. */
const MAX_RECENT = 256

/** Members get names again instead of a number if the number of users falls to this share of the limit. */
const NAMES_AGAIN = 0.8

/** Takes the place of the text of a user whom members know, but whose state this server does not know. */
const UNKNOWN = ''

/** The state of one room's presence that the members here have got or are about to get. */
export interface ViewState {
  /** The most users whom members get by name. More are only counted. */
  readonly limit: number
  /** The users of the room as members get them, and the tag that identifies them. Undefined until the first list. */
  known: { tag: string; users: Map<string, string> } | undefined
  /** Whether members get the number of users instead of their names. */
  isCounted: boolean
  /** The number of users that members have got; undefined if it is unknown what they have. */
  notifiedCount: number | undefined
  /** The number of the last message to the members. */
  seq: number
  /** The users of a pending change, with what members have of each; undefined if they do not have the user. */
  news: Map<string, string | undefined>
  /**
   * Whether the next message must contain all users, because members may have a wrong list: `wanted` until the next
   * list, `due` after it.
   */
  reset: 'no' | 'wanted' | 'due'
  /** Whether this view has requested the list that is on its way. */
  asked: boolean
  /** The tag of the last event of the link as long as the link is behind the last list; undefined at other times. */
  trail: string | undefined
  /** Events that came before the first list, and while another one is on its way; undefined at other times. */
  recent: PresenceEvent[] | undefined
  /** The tag of this view when the last check found another one in the store; undefined if it found the same. */
  doubt: string | undefined
}

/** The view of a room before its first list. @param limit the most users whom members get by name */
export function newView(limit = Infinity): ViewState {
  return { ...blankView(), limit, seq: 0 }
}

/** No member is here any more: the known list becomes outdated, and no member has it. */
export function viewLeft(view: ViewState): void {
  Object.assign(view, blankView())
}

function blankView(): Omit<ViewState, 'limit' | 'seq'> {
  const nothing = { known: undefined, notifiedCount: undefined, recent: [], trail: undefined, doubt: undefined }
  return { ...nothing, isCounted: false, news: new Map(), reset: 'no', asked: false }
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

/** A list was requested. */
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
  view.notifiedCount = undefined
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
  // The event may still be on its way. This server has missed it only if its tag is the same as at the check before.
  if (doubt === known.tag) return 'list'
  view.doubt = known.tag
  return 'again'
}

/**
 * Takes the pending news for the members.
 * @param mayCount whether a new number of users may be sent now, or has to wait for later changes
 */
export function takeNews(view: ViewState, mayCount = true): PresenceNews | undefined {
  if (!view.known) return undefined
  const { users } = view.known
  switchMode(view, users.size)
  if (view.isCounted) return takeCount(view, users.size, mayCount)
  const { news, reset } = view
  view.news = new Map()
  if (reset === 'due') {
    view.reset = 'no'
    return { seq: (view.seq += 1), reset: true, entries: membersAmong([...users.values()]) }
  }
  const of = (was: (text: string | undefined) => boolean): string[] =>
    [...news].flatMap(([user, text]) => (was(text) && users.get(user) !== text ? (users.get(user) ?? []) : []))
  const joined = of((text) => text === undefined)
  const changed = of((text) => text !== undefined)
  const left = [...news].flatMap(([user, text]) => (text !== undefined && !users.has(user) ? [user] : []))
  if (joined.length + changed.length + left.length === 0) return undefined
  return { seq: (view.seq += 1), joined: membersAmong(joined), changed: membersAmong(changed), left }
}

/** Whether members wait for the number of users. */
export function awaitsCount({ isCounted, known, notifiedCount }: ViewState): boolean {
  return isCounted && known !== undefined && known.users.size !== notifiedCount
}

/** Switches between names and a number. In a range below the limit, one user who comes and goes does not switch it. */
function switchMode(view: ViewState, users: number): void {
  const { limit, isCounted } = view
  if (!isCounted && users > limit) Object.assign(view, { isCounted: true, notifiedCount: undefined })
  if (isCounted && users <= limit * NAMES_AGAIN) Object.assign(view, { isCounted: false, reset: 'due' })
}

function takeCount(view: ViewState, count: number, mayCount: boolean): PresenceNews | undefined {
  view.news = new Map()
  if (!mayCount || view.notifiedCount === count) return undefined
  view.notifiedCount = count
  return { seq: (view.seq += 1), count }
}

function membersAmong(texts: readonly string[]): ListedMember[] {
  return texts.map((text) => decodeJson(text) as ListedMember)
}

/** Applies the events after the last list. @returns false if one of them may be missing */
function replay(view: ViewState, recent: readonly PresenceEvent[]): boolean {
  const [first] = recent
  if (!first || !view.known) return true
  const { tag } = view.known
  const at = recent.findLastIndex((event) => event.tag === tag)
  if (at < 0 && first.previous !== tag) return false
  return recent.slice(at + 1).every((event) => !viewEvent(view, event))
}

function applyEvent(view: ViewState, { tag, joined, changed, left }: PresenceEvent): void {
  for (const user of left) note(view, user, undefined)
  for (const one of [...joined, ...changed]) note(view, one.user, presentUserText(one))
  if (view.known) view.known.tag = tag
}

/** Records a change. Changes of one user between two messages become one, or none. */
function note({ known, news }: ViewState, user: string, text: string | undefined): void {
  const was = known?.users.get(user)
  if (!known || was === text) return
  if (text === undefined) known.users.delete(user)
  else known.users.set(user, text)
  if (!news.has(user)) news.set(user, was)
  else if (news.get(user) === text) news.delete(user)
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
  const named = recent.flatMap(({ joined, changed, left }) => [...namesOf([...joined, ...changed]), ...left])
  for (const user of [...fresh, ...named]) note(view, user, users.get(user))
  if (known.users.size === users.size) return
  for (const user of known.users.keys()) if (!users.has(user)) note(view, user, undefined)
}

/** Records the new users of the first list: those on this server alone, and those that an event has named. */
function noteFirst({ news, recent = [] }: ViewState, { users, ownUsers }: PresenceListing): void {
  const before = new Map<string, string | undefined>()
  for (const user of ownUsers) before.set(user, undefined)
  for (const { joined, changed, left } of recent.toReversed()) {
    for (const user of namesOf(joined)) before.set(user, undefined)
    for (const user of [...namesOf(changed), ...left]) before.set(user, UNKNOWN)
  }
  for (const [user, was] of before) if (users.get(user) !== was) news.set(user, was)
}

function namesOf(users: readonly { readonly user: string }[]): string[] {
  return users.map(({ user }) => user)
}
