/** Whether a client does not reconnect after this close code: 44xx is final except 4408, 4425 and 4429. */
export function isFinal(code: number): boolean {
  return code >= 4400 && code < 4500 && code !== 4408 && code !== 4425 && code !== 4429
}

/** The milliseconds that a close reason asks a client to wait. */
export function retryHint(reason: string): number | undefined {
  const ms = /(?:^|\s)retry=(\d{1,9})(?:\s|$)/.exec(reason)?.[1]
  return ms === undefined ? undefined : Number(ms)
}
