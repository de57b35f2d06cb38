import { Answers, type AnswersParts } from '../messages/answers.js'
import { ReplyStreams, type ReplyStreamsParts } from '../messages/reply-streams.js'
import { type HandledConnection, RunningHandlers } from '../messages/running-handlers.js'

/** The parts of a hub that run handlers and answer messages. */
export interface Handling<Connection extends HandledConnection> {
  readonly answers: Answers<Connection>
  readonly handlers: RunningHandlers<Connection>
  readonly replyStreams: ReplyStreams<Connection>
}

/** Makes the parts that run handlers and answer messages. */
export function newHandlers<Connection extends HandledConnection>(
  parts: Omit<ReplyStreamsParts<Connection>, 'answers'> & AnswersParts<Connection>,
): Handling<Connection> {
  const answers = new Answers<Connection>(parts)
  const replyStreams = new ReplyStreams<Connection>({ ...parts, answers })
  return { answers, replyStreams, handlers: new RunningHandlers<Connection>({ ...parts, answers, replyStreams }) }
}
