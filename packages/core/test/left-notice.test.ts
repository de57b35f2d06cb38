import { LeftNotices } from '../src/rooms/left-notice.js'

// The texts of hub:left for the members of a room that is emptied.

afterEach(() => jest.restoreAllMocks())

test('each room and each code has a text of its own', () => {
  const notices = new LeftNotices()
  const pairs = [
    ['a', 'left'],
    ['b', 'left'],
    ['b', 'forbidden'],
    ['a', 'forbidden'],
    ['a', 'left'],
  ] as const
  const texts = pairs.map(([room, code]) => JSON.parse(notices.textOf(room, code)) as unknown)
  expect(texts).toEqual(pairs.map(([room, code]) => ({ type: 'hub:left', payload: { room, code } })))
})

test('the text for all members of one room is made once', () => {
  const notices = new LeftNotices()
  const encoded = jest.spyOn(JSON, 'stringify')
  const texts = [1, 2, 3].map(() => notices.textOf('a', 'left'))
  expect(new Set(texts).size).toBe(1)
  expect(encoded).toHaveBeenCalledTimes(1)
})
