import * as adapter from '../src/adapter/index.js'
import * as main from '../src/index.js'

test('the entry for adapters and the entry for apps share no name', () => {
  expect(Object.keys(adapter).filter((name) => name in main)).toEqual([])
})

test('the entry for adapters exports what an adapter calls', () => {
  expect(Object.keys(adapter).toSorted()).toEqual([
    'AccessPolicy',
    'HandOver',
    'Upgrader',
    'attachAdapter',
    'isRefresh',
    'isUpgrade',
    'releaseUpgrade',
  ])
})
