export { collect, type CollectOptions } from './collect.js'
