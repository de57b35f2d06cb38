'use client'

import { useState } from 'react'
import { Client } from '@wshub/client'
import { useConnectionStatus, useEvent, useRoom } from '@wshub/client/react'

const client = new Client('/ws')

export function Feed() {
  const { state } = useConnectionStatus(client)
  const room = useRoom(client, 'feed')
  const [lines, setLines] = useState([])
  useEvent(room, 'said', (line) => setLines((before) => [...before, line]))
  return (
    <p>
      {state} {lines.join()}
    </p>
  )
}
