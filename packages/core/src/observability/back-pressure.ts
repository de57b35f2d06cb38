/** The number of connections on which one side is slower than the other. */
export interface PressureStats {
  /** Connections that the hub does not read, because their handlers are behind. */
  readonly paused: number
  /** Connections whose sockets hold messages, because their clients do not read. */
  readonly stalled: number
}

/** The connections whose socket is paused or stalled. Sets, so that a connection counts once however often it is reported. */
export class BackPressure {
  readonly paused = new Set<object>()
  readonly stalled = new Set<object>()

  get stats(): PressureStats {
    return { paused: this.paused.size, stalled: this.stalled.size }
  }
}
