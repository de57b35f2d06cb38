import { talk } from './talk.js'

globalThis.talk = talk
