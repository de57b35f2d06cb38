import { StrictMode, useState, version } from 'react'
import { createRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { Client } from '@wshub/client'
import { Project } from 'readme'
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
      <section id="readme">{isShown && <Project id="7" />}</section>
    </StrictMode>
  )
}

// The example of the README takes its client from the app.
const client = (globalThis.client = new Client('/ws'))

export function render() {
  return `${version}: ${renderToString(<App client={client} />)}`
}

if (globalThis.document) createRoot(document.getElementById('root')).render(<App client={client} />)
