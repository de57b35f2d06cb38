import { setTimeout } from 'node:timers/promises'

/** Resolves after `ms` milliseconds, in which the servers go on emitting: the load during a fault. */
export const underLoad = (ms: number): Promise<void> => setTimeout(ms)

/** Resolves after `ms` milliseconds: the length of a fault, or the time between two. */
export const faultLasts = (ms: number): Promise<void> => setTimeout(ms)
