import { existsSync } from 'node:fs'
import { join } from 'node:path'

// The mutation tests are started by hand only. Without this check a renamed file would be noticed only then.

interface Groups {
  readonly groups: Readonly<Record<string, { readonly tests: readonly string[] }>>
}

test('each test that the mutation tests run exists', () => {
  const root = join(__dirname, '../..')
  const { groups } = jest.requireActual<Groups>('../mutation/groups.cjs')
  const files = Object.values(groups).flatMap(({ tests }) => tests)
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
