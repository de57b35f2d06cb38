import { client, element } from './connection.js'

// The id of the answer is in the address: a reload and a second tab show the same answer.

let room

function follow() {
  const id = location.hash.slice(1)
  room?.leave()
  element('answer').textContent = ''
  if (!id) return
  let text = ''
  const show = (more) => (element('answer').textContent = text += more)
  const end = (reason) => reason && reason !== 'complete' && show(` (${reason})`)
  room = client.room(`answer:${id}`, {
    // At first, and if messages were lost: the text so far.
    load: async () => {
      const answer = await client.request('read', { id })
      text = ''
      show(answer.text)
      end(answer.ending)
      return answer.position
    },
  })
  // A token that the text contains already is left out.
  room.on('token', (token) => token.at === text.length && show(token.text))
  room.on('ended', ({ reason }) => end(reason))
  room.onLeft((code) => (element('answer').textContent = `This answer can't be shown: ${code}.`))
}

addEventListener('hashchange', follow)
follow()

async function ask(prompt) {
  const { id } = await client.request('ask', { prompt })
  location.hash = id
}

element('ask').addEventListener('submit', (event) => {
  event.preventDefault()
  void ask(event.target.elements.prompt.value)
})
element('stop').addEventListener('click', () => client.request('stop', { id: location.hash.slice(1) }).catch(() => {}))
