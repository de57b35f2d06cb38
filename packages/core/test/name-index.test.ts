import { NameIndex } from '../src/broadcast/name-index.js'

test('the name index reports the first and the last entry of a name', () => {
  const directory = new NameIndex<string>()
  expect(directory.add('r', 'ann')).toBe(true)
  expect(directory.add('r', 'bob')).toBe(false)
  expect(directory.add('r', 'ann')).toBe(false)
  expect([...directory.list('r')]).toEqual(['ann', 'bob'])
  expect(directory.remove('r', 'ann')).toBe(false)
  expect(directory.remove('r', 'ann')).toBe(false)
  expect(directory.size).toBe(1)
  expect(directory.remove('r', 'bob')).toBe(true)
  expect(directory.remove('r', 'bob')).toBe(false)
  expect(directory.size).toBe(0)
})

test('the index hands out one member as such, and several as a list for as long as there is one', () => {
  const directory = new NameIndex<string>()
  expect(directory.find('r')).toBeUndefined()
  directory.add('r', 'ann')
  expect(directory.find('r')).toBe('ann')
  directory.add('r', 'bob')
  const list = directory.find('r')
  directory.remove('r', 'ann')
  expect(directory.find('r')).toBe(list)
  expect([...directory.list('r')]).toEqual(['bob'])
  directory.remove('r', 'bob')
  expect(directory.find('r')).toBeUndefined()
})

test.each(['__proto__', 'constructor', ''])('%j is a name like any other', (name) => {
  const directory = new NameIndex<string>()
  expect([...directory.list(name)]).toEqual([])
  expect(directory.remove(name, 'ann')).toBe(false)
  expect(directory.add(name, 'ann')).toBe(true)
  expect([...directory.list(name)]).toEqual(['ann'])
  expect(directory.remove(name, 'ann')).toBe(true)
})
