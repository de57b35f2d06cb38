import { byId } from './dom.js'
import { Chat } from './chat.js'
import { showLogin } from './view.js'

// Log in, chat, log out, and again. Whether there may be a login is remembered, so that a first visit asks nothing.

const VISITED = 'chat.visited'
let chat
/** Settled once the last logout was answered: that answer clears the cookie, which must not be the next login's. */
let loggedOut = Promise.resolve()

async function call(method, path, body) {
  const headers = body ? { 'Content-Type': 'application/json' } : {}
  const response = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  const answer = response.headers.get('Content-Type')?.includes('json') ? await response.json() : undefined
  if (response.ok) return answer
  throw Object.assign(new Error(answer?.error?.message ?? `The server answered ${response.status}.`), {
    status: response.status,
  })
}

function enter(me) {
  localStorage.setItem(VISITED, 'yes')
  chat?.end()
  chat = new Chat(me, () => leave('You have been logged out.'))
}

function leave(note) {
  localStorage.removeItem(VISITED)
  chat?.end()
  chat = undefined
  showLogin(note)
}

async function logIn() {
  byId('login-error').textContent = ''
  await loggedOut
  try {
    enter(await call('POST', '/login', { name: byId('name').value }))
  } catch (error) {
    byId('login-error').textContent = error.status ? error.message : 'The server can’t be reached.'
    byId('name').focus()
  }
}

async function logOut() {
  try {
    // The server closes this login's connections with 4401; that is what brings back the first page, in every tab.
    await call('POST', '/logout')
  } catch {
    chat?.complain('The server can’t be reached, so you are still logged in.')
  }
}

async function boot() {
  if (!localStorage.getItem(VISITED)) return showLogin()
  try {
    enter(await call('GET', '/api/me'))
  } catch (error) {
    if (error.status === 401) return leave('')
    showLogin('The server can’t be reached. Try again in a moment.')
  }
}

byId('login-form').addEventListener('submit', (event) => {
  event.preventDefault()
  void logIn()
})
byId('logout').addEventListener('click', () => {
  loggedOut = logOut()
})
await boot()
