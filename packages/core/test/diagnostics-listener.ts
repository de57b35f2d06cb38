import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel'

/** A published event of a channel. */
export type Payload = Readonly<Record<string, unknown>>

/** A step of a trace, with what was known at that time. */
export interface TraceStep {
  readonly step: string
  readonly payload: Payload
}

const undo: (() => unknown)[] = []

/** Ends what the tests of a file have subscribed to; for `afterEach`. */
export function unsubscribeAll(): void {
  for (const step of undo.splice(0)) step()
}

export function later(step: () => unknown): void {
  undo.push(step)
}

export function listen(to: Channel, listener: (payload: Payload) => void): void {
  const subscriber = (payload: unknown): void => listener(payload as Payload)
  to.subscribe(subscriber)
  later(() => to.unsubscribe(subscriber))
}

/** The payloads of an event from now on. */
export function eventsOf(name: string): Payload[] {
  const seen: Payload[] = []
  listen(channel(name), (payload) => seen.push(payload))
  return seen
}

/** The steps of a trace from now on. */
export function tracesOf(name: string): TraceStep[] {
  const seen: TraceStep[] = []
  const steps = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
  for (const step of steps)
    listen(tracingChannel(name)[step], (payload) => seen.push({ step, payload: { ...payload } }))
  return seen
}

export function stepsOf(traces: readonly TraceStep[]): string[] {
  return traces.map(({ step }) => step)
}
