import { packageSources, using } from './sources.js'

// The layers of the design, read from the sources: each dangerous feature may be used in one place only.

const sources = packageSources()
const core = sources.filter((source) => source.path.startsWith('packages/core/src/'))
const adapters = sources.filter((source) => /^packages\/(express|koa|fastify)\/src\//.test(source.path))
const testing = /^packages\/core\/src\/testing\//

describe('layers', () => {
  test('the checks find source files', () => {
    expect(core.length).toBeGreaterThan(0)
    expect(adapters.length).toBeGreaterThan(0)
  })

  test('ws is imported by the transport alone', () => {
    const ws = /(from|import|require\() ?\(?'ws'/
    expect(
      using(ws, sources, [
        /^packages\/core\/src\/(connection\/(transport-factory|websocket-transport)|upgrade\/extension-negotiation)\.ts$/,
        testing,
      ]),
    ).toEqual([])
  })

  test('only upgrades and repeated handshakes name ServerResponse', () => {
    expect(using(/\bServerResponse\b/, core, [/^packages\/core\/src\/(upgrade|refresh)\//, testing])).toEqual([])
  })

  test('an adapter uses ServerResponse only as a type of its framework', () => {
    const fromFramework = /import type \{[^}]*\bServerResponse\b[^}]*\} from '(?!node:|http)/
    const others = adapters.filter((source) => !fromFramework.test(source.code))
    expect(using(/\bServerResponse\b/, others, [])).toEqual([])
  })

  test('only util/timers starts timers', () => {
    // A socket's own `socket.setTimeout()` is no timer of ours.
    const timer = /(?<!\.)\bset(Timeout|Interval)\b|\b(timers|globalThis)\.set|'(node:)?timers/
    const places = [/^packages\/core\/src\/(util\/timers|refresh\/rerun-socket)\.ts$/, testing]
    expect(using(timer, [...core, ...adapters], places)).toEqual([])
  })

  test('JSON is read and written in the codec alone', () => {
    const places = [/^packages\/core\/src\/protocol\/codec\.ts$/, testing]
    expect(using(/\bJSON\./, [...core, ...adapters], places)).toEqual([])
  })

  test('core does not mention Redis', () => {
    expect(using(/redis/i, core, [])).toEqual([])
  })

  test('each client library of Redis is imported by one file, and by the options', () => {
    const broker = sources.filter((source) => source.path.startsWith('packages/redis/src/'))
    expect(broker.length).toBeGreaterThan(0)
    expect(using(/from '(@redis\/client|redis|ioredis)'/, broker, [/\/options\.ts$/])).toEqual([])
    expect(using(/'\.\/(node-redis|ioredis)\.js'/, broker, [/\/options\.ts$/])).toEqual([])
  })

  test('no library writes to the console, apart from the test kit if nothing else works', () => {
    expect(using(/\bconsole\./, sources, [/^packages\/client\/src\/testing\/fake-timers\.ts$/])).toEqual([])
  })

  test('an adapter opens no socket', () => {
    expect(using(/'(node:)?(net|tls)'/, adapters, [])).toEqual([])
  })

  test('the protocol imports nothing but itself', () => {
    const protocol = core.filter((source) => source.path.startsWith('packages/core/src/protocol/'))
    expect(using(/\b(from|import|require\() ?\(?'(?!\.\/)/, protocol, [])).toEqual([])
  })
})
