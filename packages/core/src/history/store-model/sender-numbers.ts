/** The number of a message among those that one server appends, in the order in which it sends them. */
export interface MessageNumber {
  /** The id of the server, 12 hexadecimal digits. A server has a new one after each start. */
  readonly sender: string
  /** It increases with each append of the server, to any stream. */
  readonly number: number
}

/** The last number of a server in a stream. */
export interface LastNumber extends MessageNumber {
  /** When its message was appended, seconds on the clock of the store. */
  readonly seconds: number
}

/** How long a stream remembers the number of a server after its last message, seconds. No client library retries that long. */
export const NUMBER_SECONDS = 600
/** The most servers that a stream remembers. */
export const MAX_SENDERS = 64

/** Whether two numbers belong to the same message. */
export function isSameNumber(one: MessageNumber | undefined, { sender, number }: MessageNumber): boolean {
  return one?.sender === sender && one.number === number
}

/** Whether the stream has this message or a later one of the same server. @param last the last numbers, the latest first */
export function isOvertaken(last: readonly LastNumber[], { sender, number }: MessageNumber): boolean {
  return last.some((one) => one.sender === sender && one.number >= number)
}

/** Adds the number of a message to the last numbers, the latest first. Those that are too old or too many are forgotten. */
export function withNumber(
  last: readonly LastNumber[],
  { sender, number }: MessageNumber,
  seconds: number,
): readonly LastNumber[] {
  const others = last.filter((one) => one.sender !== sender).slice(0, MAX_SENDERS - 1)
  const living = others.findLastIndex((one) => one.seconds + NUMBER_SECONDS >= seconds)
  return [{ sender, number, seconds }, ...others.slice(0, living + 1)]
}
