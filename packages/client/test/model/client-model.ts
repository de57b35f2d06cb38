import * as clientMachine from '../../src/machine/index.js'
import { type Model, type Step } from '../../../../test/model/explorer.js'
import { clone } from '../../../../test/model/plain.js'
import { keyOf } from './client-key.js'
import { emit, loseHistory, putOut, recoverJoin, refuseJoin, serve } from './client-server.js'
import { ClientShell } from './client-shell.js'
import {
  type Budget,
  type ClientBounds,
  type Machine,
  newWorld,
  ROOM,
  type Socket,
  type World,
} from './client-world.js'
import { violationsOf } from './client-rules.js'
import { endStream, listen, sendValue } from './client-streams.js'
import { accept, closeSocket, enter, loaded, receive, say } from './client-steps.js'

type Steps = Step<World>[]
type Run = (shell: ClientShell) => void

/** A client, its server and its app, with every event that may happen, in any order. */
export function clientModel(bounds: ClientBounds, machine: Machine = clientMachine): Model<World> {
  const model = new ClientModel(bounds, machine)
  return {
    initial: () => [newWorld(bounds)],
    steps: (world) => model.steps(world),
    violations: violationsOf,
    key: keyOf,
  }
}

class ClientModel {
  readonly #bounds: ClientBounds
  readonly #machine: Machine

  constructor(bounds: ClientBounds, machine: Machine) {
    this.#bounds = bounds
    this.#machine = machine
  }

  steps(world: World): Steps {
    return [
      ...world.sockets.flatMap((socket) => this.#socketSteps(world, socket)),
      ...this.#appSteps(world),
      ...this.#answers(world),
      ...this.#refreshes(world),
      ...this.#pageSteps(world),
      ...this.#serverSteps(world),
    ]
  }

  #go(world: World, label: string, run: Run): Step<World> {
    return {
      label,
      run: () => {
        const draft = clone(world)
        run(new ClientShell(draft, this.#bounds, this.#machine))
        return draft
      },
    }
  }

  #spend(world: World, key: keyof Budget, run: Run): Steps {
    if (world.left[key] === 0) return []
    return [
      this.#go(world, key, (shell) => {
        shell.world.left = { ...shell.world.left, [key]: shell.world.left[key] - 1 }
        run(shell)
      }),
    ]
  }

  #socketSteps(world: World, { id, isOpen, isClosing, joining, streams, toServer, toClient }: Socket): Steps {
    const go = (label: string, run: (socket: Socket, shell: ClientShell) => void): Step<World> =>
      this.#go(world, `${label}#${id}`, (shell) => {
        const socket = shell.world.sockets.find((one) => one.id === id)
        if (socket) run(socket, shell)
      })
    const message = toServer[0]
    const end = (key: keyof Budget, code: number, reason = ''): Steps =>
      isClosing ? [] : this.#spend(world, key, (shell) => closeSocket(shell, id, { code, reason }))
    return [
      ...(isOpen || isClosing ? [] : [go('accept', accept)]),
      ...(message
        ? [go(`serve ${message.type}`, (socket, shell) => shell.break(serve(shell.world, socket, this.#bounds)))]
        : []),
      ...(joining ? [go('recover', (socket, shell) => recoverJoin(shell.world, socket, this.#bounds))] : []),
      ...(message?.type === 'hub:join' ? this.#refusals(world, id) : []),
      ...(toClient[0] ? [go(`receive ${toClient[0].type}`, (socket, shell) => receive(shell, socket))] : []),
      ...(toClient[0]?.type === 'reply'
        ? this.#spend(world, 'doubles', (shell) => {
            const socket = shell.world.sockets.find((one) => one.id === id)
            if (socket?.toClient[0]) receive(shell, { ...socket, toClient: [...socket.toClient] })
          })
        : []),
      ...(streams[0] ? this.#streamSteps(world, id) : []),
      ...(isClosing ? [go('closed', (_, shell) => closeSocket(shell, id, { code: 1000, reason: '' }))] : []),
      ...end('cuts', 1006),
      ...end('drains', 1001, 'retry=2500'),
      ...end('expiries', 4401, 'expired'),
      ...end('bans', 4403, 'banned'),
    ]
  }

  #streamSteps(world: World, id: number): Steps {
    const go = (run: (socket: Socket) => void) => (shell: ClientShell) =>
      shell.world.sockets.filter((one) => one.id === id).forEach(run)
    return [
      ...this.#spend(world, 'values', go(sendValue)),
      this.#go(
        world,
        `stream ends#${id}`,
        go((socket) => endStream(socket, socket.streams[0]?.id, 'reply')),
      ),
    ]
  }

  #refusals(world: World, id: number): Steps {
    const refuse = (key: 'unavailable' | 'forbidden'): Steps =>
      this.#spend(world, key, (shell) => {
        const socket = shell.world.sockets.find((one) => one.id === id)
        if (socket) refuseJoin(socket, key)
      })
    return [...refuse('unavailable'), ...refuse('forbidden')]
  }

  #appSteps(world: World): Steps {
    const { app, state } = world
    const holders = state.rooms.find(({ name }) => name === ROOM)?.holders ?? 0
    return [
      ...this.#spend(world, 'requests', say(false)),
      ...this.#spend(world, 'retries', say(true)),
      ...this.#spend(world, 'streams', listen),
      ...(app.pending[0] === undefined
        ? []
        : this.#spend(world, 'aborts', (shell) =>
            shell.on((draft, m) => m.abort(draft, app.pending[0] ?? 0, 'aborted')),
          )),
      ...(holders < 2 ? this.#spend(world, 'enters', (shell) => enter(shell)) : []),
      ...(holders > 0 ? this.#spend(world, 'exits', (shell) => shell.on((draft, m) => m.exit(draft, ROOM))) : []),
      ...this.#spend(world, 'opens', (shell) => {
        const isTrying = shell.world.state.phase !== 'closed'
        Object.assign(shell.world, { mayOpen: true, notBefore: 0, tokenRefused: shell.world.tokenRefused && isTrying })
        shell.on((draft, machine) => machine.open(draft))
      }),
      ...this.#spend(world, 'closes', (shell) => {
        shell.world.mayOpen = false
        shell.on((draft, machine) => machine.close(draft, { code: 1000, reason: '' }))
      }),
    ]
  }

  /** The possible answers of the app to what the client has asked it for: a token, or the state of a room. */
  #answers(world: World): Steps {
    const [token] = world.tokens
    const [load] = world.loads
    const tokens = (label: string, run: (shell: ClientShell, id: number) => void): Steps =>
      token === undefined ? [] : [this.#go(world, label, (shell) => ((shell.world.tokens = []), run(shell, token)))]
    return [
      ...tokens('token', (shell, id) => shell.on((draft, machine) => machine.tokenReady(draft, id, 't'))),
      ...tokens('token fails', (shell, id) => {
        if (id === shell.world.state.current) shell.lost()
        shell.on((draft, machine) => machine.tokenFailed(draft, id))
      }),
      ...(load
        ? [
            this.#go(world, 'loaded', (shell) => loaded(shell, load.load, shell.world.head)),
            this.#go(world, 'loaded early', (shell) => loaded(shell, load.load, load.head)),
            ...(load.head > 0
              ? [this.#go(world, 'loaded old', (shell) => loaded(shell, load.load, load.head - 1))]
              : []),
            this.#go(world, 'load fails', (shell) => {
              shell.world.loads = []
              shell.on((draft, machine) => machine.loadFailed(draft, ROOM, load.load))
            }),
          ]
        : []),
    ]
  }

  /** The possible outcomes of each refresh in progress. */
  #refreshes(world: World): Steps {
    const { expiresIn } = this.#bounds
    return world.refreshes.flatMap((id) => {
      const go = (label: string, run: Run): Step<World> =>
        this.#go(world, `${label}#${id}`, (shell) => {
          shell.world.refreshes = shell.world.refreshes.filter((one) => one !== id)
          run(shell)
        })
      return [
        go('refreshed', (shell) => shell.on((draft, machine) => machine.refreshed(draft, id, { expiresIn }))),
        go('refresh fails', (shell) => shell.on((draft, machine) => machine.refreshFailed(draft, id))),
        go('logged out', (shell) => {
          if (id === shell.world.state.current) shell.world.mayOpen = false
          shell.on((draft, machine) => machine.loggedOut(draft, id))
        }),
      ]
    })
  }

  #pageSteps(world: World): Steps {
    const due = this.#machine.nextDue(world.state)
    const tick = (late: number) => (shell: ClientShell) => {
      shell.world.now = Math.max(shell.world.now, due) + late
      shell.on((draft, machine) => machine.tick(draft))
    }
    return [
      ...(due < Infinity
        ? [...this.#spend(world, 'ticks', tick(0)), ...this.#spend(world, 'lates', tick(60_000))]
        : []),
      ...this.#spend(world, 'wakes', (shell) => shell.on((draft, machine) => machine.wake(draft))),
      ...this.#spend(world, 'sleeps', (shell) => shell.on((draft, machine) => machine.sleep(draft))),
      ...this.#spend(world, 'networks', (shell) => shell.on((draft, m) => m.online(draft, !shell.world.state.online))),
    ]
  }

  #serverSteps(world: World): Steps {
    const member = world.sockets.find(({ isMember, isClosing }) => isMember && !isClosing)
    return [
      ...this.#spend(world, 'emits', (shell) => emit(shell.world, this.#bounds)),
      ...this.#spend(world, 'losses', (shell) => loseHistory(shell.world)),
      ...(member
        ? this.#spend(world, 'kicks', (shell) => {
            const socket = shell.world.sockets.find(({ id }) => id === member.id)
            if (!socket) return
            socket.toClient.push({ type: 'hub:left', payload: { room: ROOM, code: 'removed' } })
            putOut(socket)
          })
        : []),
    ]
  }
}
