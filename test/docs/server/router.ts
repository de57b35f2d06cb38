import { Router } from '@wshub/core'
import { z } from 'zod'

// The server of the examples in packages/client/README.md.

export interface Types {
  data: { name: string }
  events: { said: { from: string; text: string; at: Date } }
  asks: { vote: { payload: { motion: string }; reply: 'yes' | 'no' } }
}

export const router = new Router<Types>().handle('say', z.object({ text: z.string() }), () => ({ at: new Date() }))
