import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './run'

const packages = join(__dirname, '../../packages')
/** What every package has. */
const COMMON = ['LICENSE', 'README.md', 'package.json']
const BUILT = /^dist\/.*\.(js|d\.ts)$/
/** The bundles of the client are minified, so they have source maps with their sources. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  client: /^dist\/(react\/)?index\.js\.map$/,
  core: /^dist\/esm\/package\.json$/,
  inspector: /^public\/[^.]+\.(css|html|js|svg)$/,
}

test.each(readdirSync(packages))('the packed %s has what is built for its users, and nothing else', async (name) => {
  const printed = await npm(['pack', '--dry-run', '--json', '--ignore-scripts'], join(packages, name))
  const [packed] = JSON.parse(printed) as [{ files: { path: string }[] }]
  const paths = packed.files.map(({ path }) => path)
  expect(paths).toEqual(expect.arrayContaining(COMMON))
  const surplus = paths.filter((path) => !COMMON.includes(path) && !BUILT.test(path) && !OTHERS[name]?.test(path))
  expect(surplus.filter((path) => path !== 'CHANGELOG.md')).toEqual([])
})
