import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { Client } from '@wshub/client'
import { useConnectionStatus, useEvent, usePresence, useRoom } from '@wshub/client/react'

/** A component of the hooks, as a page and as a server render it. */
function Feed({ client }) {
  const { state } = useConnectionStatus(client)
  const room = useRoom(client, 'feed')
  const people = usePresence(room)
  const [lines, setLines] = useState([])
  useEvent(room, 'said', (line) => setLines((before) => [...before, line]))
  return (
    <p id="feed">
      {state} {room.isJoined ? 'in' : 'out'} {room.code ?? ''} {people.map(({ user }) => user).join()} [{lines.join()}]
    </p>
  )
}

function App({ client }) {
  const [isShown, show] = useState(true)
  return (
    <StrictMode>
      <button onClick={() => show(!isShown)}>toggle</button>
      {isShown && <Feed client={client} />}
      {isShown && <Feed client={client} />}
    </StrictMode>
  )
}

export function render() {
  return renderToString(<App client={new Client('/ws')} />)
}

if (globalThis.document) {
  const client = new Client('/ws')
  createRoot(document.body).render(<App client={client} />)
}
