import { Client, type PresenceEntry } from '@wshub/client'
import { usePresence, usePresenceCount, useRoom } from '@wshub/client/react'
import { Router } from '@wshub/core'
import { same } from './equal.js'

interface Types {
  presence: { readonly name: string; readonly since: Date }
}

/** What arrives: a Date is a string. */
type State = { readonly name: string; readonly since: string }

const router = new Router<Types>()
const client = new Client<typeof router>('/ws')

export function presence(): void {
  const room = client.room('a')
  same<readonly PresenceEntry<State>[], typeof room.presence>(true)
  same<number, typeof room.presenceCount>(true)
  room.onPresence((present, count) => {
    same<readonly PresenceEntry<State>[], typeof present>(true)
    same<number, typeof count>(true)
    for (const { user, state, connections } of present) {
      same<string, typeof user>(true)
      same<State | undefined, typeof state>(true)
      same<readonly string[], typeof connections>(true)
      // @ts-expect-error There may be no state.
      void state.name
      // @ts-expect-error A Date arrives as a string.
      state?.since.getTime()
    }
  })
}

export function usePeople(): number {
  const view = useRoom(client, 'a')
  same<readonly PresenceEntry<State>[], ReturnType<typeof usePresence<typeof router>>>(true)
  return usePresence(view).length + usePresenceCount(view)
}

// Without the type of a state, it is unknown.
const untyped = new Client('/ws').room('a')
same<readonly PresenceEntry[], typeof untyped.presence>(true)
const elsewhere = new Client<{ events: { said: string } }>('/ws').room('a')
same<readonly PresenceEntry[], typeof elsewhere.presence>(true)
