// Run by Node, Deno and Bun: `program.mjs <url>`.
import { talk } from './talk.js'

console.log(await talk(process.argv[2]))
