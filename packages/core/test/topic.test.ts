import fc from 'fast-check'
import { decodeName, encodeName } from '../src/cluster/topic.js'
import { character } from '../../../test/support/characters.js'

// Names become parts of topics, without loss and without ambiguity.

const name = fc.array(fc.oneof(fc.string({ unit: character }), fc.constantFrom('\ud800', '\udfff', '%u', '/', '*')))

test('every name is recovered from its topic, in which it is ASCII without separators', () => {
  fc.assert(
    fc.property(name, (parts) => {
      const text = parts.join('')
      expect(decodeName(encodeName(text))).toBe(text)
      expect(encodeName(text)).toMatch(/^[!-~]*$/)
      expect(encodeName(text)).not.toMatch(/[/{}:?]/)
    }),
  )
})

test('lone surrogates are distinct names', () => {
  expect(new Set(['\ud800', '\ud801', '\udfff', '\ufffd'].map(encodeName)).size).toBe(4)
})
