import fc from 'fast-check'
import { decodeName, encodeName } from '../src/cluster/topic.js'

// Names become parts of topics: nothing is lost on the way, and nothing looks like something else.

const name = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\udfff', '%u', '/', '*')))

test('every name comes back from its topic, and is ASCII without separators there', () => {
  fc.assert(
    fc.property(name, (parts) => {
      const text = parts.join('')
      expect(decodeName(encodeName(text))).toBe(text)
      expect(encodeName(text)).toMatch(/^[!-~]*$/)
      expect(encodeName(text)).not.toMatch(/[/{}:?]/)
    }),
  )
})

test('halves of surrogate pairs are names of their own', () => {
  expect(new Set(['\ud800', '\ud801', '\udfff', '\ufffd'].map(encodeName)).size).toBe(4)
})
