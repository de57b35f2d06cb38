import type { PresenceEvent, PresenceHead, PresencePage, PresenceSync } from '../cluster/broker-presence.js'
import type { LeaseState } from './lease-state.js'
import { EMPTY_DIGEST } from './presence-digest.js'
import { addPage, newListing, type PresenceListing } from './presence-listing.js'
import { type DeadLeases, findDeadLeases, mustLookAgain, toRemove } from './dead-leases.js'
import { leaseRemoval } from './dead-lease-removal.js'
import {
  compareMembers,
  forgetStored,
  type LocalMember,
  type MemberChange,
  memberChanged,
  type MembersState,
  newMembers,
  nextSync,
  renameLease,
  syncSettled,
} from './presence-members.js'
import {
  newView,
  viewBypassed,
  viewChecked,
  viewEvent,
  viewLeft,
  viewListed,
  viewListFailed,
  viewListing,
  viewReplayed,
  type ViewState,
} from './presence-view.js'

/** One topic on one server. */
export interface TopicState {
  readonly members: MembersState
  /** Set if members here get presence changes. */
  view: ViewState | undefined
  /** Whether events of the topic arrive here. A list that is requested earlier misses the changes until then. */
  subscribed: boolean
  /** The list that is on its way. */
  listing: PresenceListing | undefined
  wantsList: boolean
  /** Increases with every sent or answered change: the result of a check that was requested before does not count. */
  round: number
  /** The dead leases on this topic. */
  suspects: DeadLeases | undefined
}

/** How members of a topic get presence changes. */
export interface NamesLimit {
  /** The most users whom they get by name. */
  readonly limit: number
}

/** The next request to the store. */
export type PresenceEffect = { readonly do: 'list' } | { readonly do: 'sync'; readonly change: PresenceSync }

/** What a topic needs to know of its server. */
export interface TopicContext {
  readonly lease: string
  /** The monotonic clock of this server in milliseconds. */
  readonly now: number
  /** The members of this server, now. */
  readonly members: () => Iterable<LocalMember>
}

/** What a check is compared with. */
export interface CheckContext {
  readonly leases: LeaseState
  /** The round of the topic when the check was requested. */
  readonly round: number
  /** Whether members of dead leases may be removed. */
  readonly mayReap: boolean
}

/**
 * A topic for which the store has no members of this server.
 * @param notify whether members here get presence changes, and up to how many users by name
 */
export function newTopic(notify: NamesLimit | undefined): TopicState {
  const view = notify && newView(notify.limit)
  const quiet = { subscribed: false, listing: undefined, suspects: undefined }
  return { members: newMembers(), view, ...quiet, wantsList: notify !== undefined, round: 0 }
}

/** Members here get presence changes from now on. */
export function topicWatched(topic: TopicState, { limit }: NamesLimit): void {
  if (topic.view) return
  topic.view = newView(limit)
  topic.wantsList = true
}

/** Events of the topic arrive from now on, or never will: the subscription was answered. */
export function topicSubscribed(topic: TopicState): void {
  topic.subscribed = true
}

/** The last connection here has left, and events do not arrive any more. */
export function topicUnsubscribed(topic: TopicState): void {
  topic.subscribed = false
  if (!topic.view) return
  viewLeft(topic.view)
  topic.wantsList = true
}

/** Members here request the list. The answer is the next list of the store, so the view gets that list too. */
export function topicRead(topic: TopicState): void {
  topic.wantsList = true
}

/** Members here were answered without a list of the store. */
export function topicReadFailed(topic: TopicState): void {
  topic.wantsList = true
  if (topic.view) viewBypassed(topic.view)
}

/** A member of this server came, left or has another state. */
export function topicChanged({ members }: TopicState, change: MemberChange): void {
  memberChanged(members, change)
}

/** Another lease holds this server's members from now on. */
export function topicRenamed(topic: TopicState): void {
  renameLease(topic.members)
  topic.round += 1
}

/** The next request to the store, or undefined if there is none. It counts as sent. */
export function nextEffect(topic: TopicState, context: TopicContext): PresenceEffect | undefined {
  const { members, view } = topic
  if (topic.listing || members.sending) return undefined
  const change = nextSync(members, { ...context, notify: view !== undefined })
  if (change) {
    topic.round += 1
    return { do: 'sync', change }
  }
  const isWanted = wantsListNow(topic)
  if (members.stored !== undefined && !isWanted) return undefined
  topic.listing = newListing(context.lease, topic.suspects?.keys() ?? [])
  if (isWanted) topic.wantsList = false
  if (view && isWanted) viewListing(view)
  return { do: 'list' }
}

/** Whether {@link nextEffect} may return a request. */
export function needsWork(topic: TopicState): boolean {
  const { whole, pending, stored, digest } = topic.members
  return wantsListNow(topic) || whole || pending !== undefined || stored !== digest
}

/** Whether the store has no members of this server on the topic. Without connections here, it can then be dropped. */
export function isEmptyTopic({ members, listing }: TopicState): boolean {
  return members.stored === EMPTY_DIGEST && members.sending === undefined && !listing
}

/** The store has answered a change, or has not. */
export function topicSynced(topic: TopicState, change: PresenceSync, outcome: 'applied' | 'refused' | 'failed'): void {
  if (topic.members.sending !== change) return
  topic.round += 1
  syncSettled(topic.members, outcome)
}

/** The store has answered a page of a list. */
export function topicPaged({ listing, view }: TopicState, page: PresencePage): void {
  if (listing) addPage(listing, page, view?.known?.users)
}

/**
 * All pages of a list have come. {@link topicReplayed} has to follow.
 * @param lease the current lease of this server
 * @returns changes that remove members of dead leases, in order; undefined if the list belongs to another lease
 */
export function topicListed(
  topic: TopicState,
  { lease, members }: { readonly lease: string | undefined; readonly members: () => Iterable<LocalMember> },
): PresenceSync[] | undefined {
  const { view, suspects, listing } = topic
  if (!listing || listing.lease !== lease) {
    topicListFailed(topic)
    return undefined
  }
  topic.listing = undefined
  compareMembers(topic.members, listing, members())
  if (view) viewListed(view, listing)
  const dead = toRemove(suspects)
  for (const one of dead) suspects?.delete(one)
  return dead.flatMap((one) => leaseRemoval(listing, one, view !== undefined))
}

/** The list was delivered. Now the events after it are delivered. */
export function topicReplayed(topic: TopicState): void {
  if (topic.view && viewReplayed(topic.view)) topic.wantsList = true
}

/** The store has not answered a list. */
export function topicListFailed(topic: TopicState): void {
  topic.listing = undefined
  topic.wantsList = true
  if (topic.view) viewListFailed(topic.view)
}

/** Users of the topic have changed. */
export function topicEvent(topic: TopicState, event: PresenceEvent): void {
  if (topic.view && viewEvent(topic.view, event)) topic.wantsList = true
}

/** Compares a topic with its summary in the store. @returns whether it must be compared again soon */
export function topicChecked(topic: TopicState, head: PresenceHead, context: CheckContext): boolean {
  const { members, view } = topic
  const { id } = context.leases
  const settled = context.round === topic.round && !members.sending && !topic.listing && id !== undefined
  if (settled && members.stored !== undefined && (head.leases.get(id) ?? EMPTY_DIGEST) !== members.stored) {
    forgetStored(members)
  }
  const doubt = view && viewChecked(view, head)
  if (doubt === 'list') topic.wantsList = true
  topic.suspects = findDeadLeases(head, { ...context, before: topic.suspects })
  if (toRemove(topic.suspects).length > 0) topic.wantsList = true
  return mustLookAgain(topic.suspects) || doubt === 'again'
}

function wantsListNow({ wantsList, view, subscribed }: TopicState): boolean {
  return wantsList && (subscribed || !view)
}
