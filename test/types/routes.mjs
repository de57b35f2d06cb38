/** A router with many routes, a hub and a client of it, and a request to each route. */
export function routesSource(count) {
  const numbers = Array.from({ length: count }, (_, index) => index)
  return `import { Client } from '@wshub/client'
import { Hub, Router } from '@wshub/core'
import { z } from 'zod'

interface Types {
  data: { readonly id: string }
  events: { said: { at: Date; text: string } }
  asks: { vote: { payload: string; reply: boolean } }
}

const router = new Router<Types>()
${numbers.map(routeOf).join('\n')}

export const hub = new Hub({ router })
const client = new Client<typeof router>('/ws')
export async function requests(): Promise<void> {
${numbers.map(requestOf).join('\n')}
  // @ts-expect-error A Date arrives as a string.
  reply0.at.getTime()
  // @ts-expect-error There is no such route.
  await client.request('route${count}')
}
`
}

function routeOf(n) {
  return `  .handle(
    'route${n}',
    z.object({ id: z.string(), n${n}: z.number(), tags: z.array(z.string()).optional() }),
    ({ payload, connection }) => ({ at: new Date(), n: payload.n${n}, by: connection.data.id }),
  )`
}

function requestOf(n) {
  return `  const reply${n} = await client.request('route${n}', { id: 'a', n${n}: 1 })
  const at${n}: string = reply${n}.at
  void at${n}`
}
