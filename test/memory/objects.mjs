import { getHeapSnapshot } from 'node:v8'

/**
 * The objects of this process by their constructor, or by the property that holds them if they have no class of their own:
 * `Connection`, `Connection.#data`. Texts and numbers are left out.
 * @returns how many there are of each
 */
export async function countObjects() {
  const heap = new Heap(JSON.parse(await textOf(getHeapSnapshot())))
  const counts = {}
  for (let node = 0; node < heap.size; node += 1) {
    const name = heap.nameOf(node)
    if (name) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

async function textOf(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const COUNTED = new Set(['object', 'closure', 'regexp'])
const NO_CLASS = new Set(['Object', 'Array', 'Map', 'Set', 'WeakMap', 'Promise', 'Date', 'Function'])

/** A heap snapshot of V8: flat lists of nodes and edges, and how many numbers each of them has. */
class Heap {
  size
  #nodes
  #strings
  #width
  #types
  /** The node that holds each node, and the property in which it does. */
  #holders = []

  constructor({ snapshot: { meta }, nodes, edges, strings }) {
    this.#nodes = nodes
    this.#strings = strings
    // The fields begin with type and name; their order is that of every version of V8 since 2011.
    this.#width = meta.node_fields.length
    this.#types = meta.node_types[0]
    this.size = nodes.length / this.#width
    this.#link(edges, meta)
  }

  #link(edges, { node_fields: fields, edge_fields: parts, edge_types: [types] }) {
    const count = fields.indexOf('edge_count')
    let at = 0
    for (let node = 0; node < this.size; node += 1) {
      const end = at + this.#nodes[node * this.#width + count] * parts.length
      const isObject = this.#typeOf(node) === 'object'
      for (; at < end; at += parts.length) {
        if (isObject && types[edges[at]] === 'property')
          this.#holders[edges[at + 2] / this.#width] ??= [node, this.#strings[edges[at + 1]]]
      }
    }
  }

  /** What a node is counted under; nothing for what belongs to V8, or to no class within so many steps. */
  nameOf(node, steps = 3) {
    const type = this.#typeOf(node)
    if (!COUNTED.has(type)) return undefined
    const name = this.#strings[this.#nodes[node * this.#width + 1]]
    // Such as the scope of a closure: the closure itself is counted.
    if (name.startsWith('system / ')) return undefined
    if (type === 'object' && !NO_CLASS.has(name)) return name
    const [holder, property] = this.#holders[node] ?? []
    const owner = holder === undefined || steps === 0 ? undefined : this.nameOf(holder, steps - 1)
    return owner && `${owner}.${property}`
  }

  #typeOf(node) {
    return this.#types[this.#nodes[node * this.#width]]
  }
}
