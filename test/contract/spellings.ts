/** The protected path. */
export const PATH = '/private/room'

/** Ways to write a protected path, and paths that a server may confuse with it. */
export const SPELLINGS = String.raw`
/private/room
//private/room
/private//room
///private/room
/private/room/
/private/room//
/./private/room
/private/./room
/private/room/.
/x/../private/room
/public/../private/room
/private/x/../room
/private/room/..
/../private/room
/%2e/private/room
/public/%2e%2e/private/room
/public/.%2E/private/room
/%70rivate/room
/privat%65/room
/private/%72oom
/private%2froom
/private%2Froom
/%2fprivate/room
/private%5croom
/private\room
\private\room
/Private/room
/PRIVATE/ROOM
/private/ROOM
/private/room?x=1
/private/room%3fx=1
/private;x=1/room
/private/room;x=1
/private/room%00
/private/room%20
/private/room%
/private/room%zz
/private%252froom
/%2570rivate/room
http://localhost/private/room
//localhost/private/room
/private/room#x
/pr%c4%b1vate/room
/public/x%2f..%2f..%2fprivate%2froom
`
  .trim()
  .split('\n')
