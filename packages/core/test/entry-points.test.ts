import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

const surface = join(__dirname, '../../../test/types/surface')

test.each(readdirSync(surface).filter((file) => file.startsWith('core.')))(
  'the types in %s import Node and no package, so they compile where @types/ws is not installed',
  (file) => {
    const modules = [...readFileSync(join(surface, file), 'utf8').matchAll(/ from '([^.'][^']*)'/g)].map(
      ([, name]) => name,
    )
    expect(modules.filter((name) => !name?.startsWith('node:'))).toEqual([])
  },
)
