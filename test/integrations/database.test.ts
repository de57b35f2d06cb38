import { expectEventually } from '../support/wait.js'
import { hasPostgres, Schema } from '../support/postgres.js'
import { DatabasePage } from './database-page.js'

// The code of docs/database.md against PostgreSQL, while rows are committed at each moment in between.

const TABLES = `
  CREATE TABLE comments (id serial PRIMARY KEY, project text, text text);
  CREATE TABLE outbox (id bigserial PRIMARY KEY, room text, type text, payload jsonb)`

const suite = hasPostgres() ? describe : describe.skip

suite('a database joined to a room', () => {
  let schema: Schema
  let page: DatabasePage

  beforeEach(async () => {
    schema = await Schema.create(TABLES)
    page = await DatabasePage.open(schema)
  })

  afterEach(async () => {
    await page.close()
    await schema.drop()
  })

  /** Has a comment inserted at a moment of the first reading of the rows. */
  function insertOnce(moment: 'before' | 'after'): void {
    page.onQuery[moment] = async (sql) => {
      if (!sql.startsWith('SELECT')) return
      delete page.onQuery[moment]
      await page.comment('meanwhile')
    }
  }

  test.each(['before', 'after'] as const)('a row committed %s the rows are read is shown once', async (moment) => {
    await page.comment('first')
    insertOnce(moment)
    const { comments } = await page.visit()
    await expectEventually(() => expect([...comments.values()]).toEqual(['first', 'meanwhile']))
    await page.comment('last')
    await expectEventually(() => expect([...comments.values()]).toEqual(['first', 'meanwhile', 'last']))
  })

  test('an event is not in the history before its row is committed', async () => {
    const { history } = page.hub.room('project:7')
    const kept: unknown[] = []
    page.onQuery.before = async () => void kept.push(await history?.last(10))
    await page.comment('new')
    expect(kept).toEqual([[]])
    expect(await history?.last(10)).toMatchObject([{ type: 'commented', payload: { text: 'new' } }])
  })

  test('a removed row is removed from the page', async () => {
    await page.comment('wrong')
    const { comments } = await page.visit()
    const [id] = comments.keys()
    await page.fetch(`/api/projects/7/comments/${id}`, { method: 'DELETE' })
    await expectEventually(() => expect(comments.size).toBe(0))
  })

  test('the outbox emits an event whose process died after the commit', async () => {
    const { comments } = await page.visit()
    const { insertComment, relayOne } = await page.outbox()
    const { id } = await insertComment('7', 'kept')
    expect(comments.size).toBe(0)
    expect([await relayOne(), await relayOne()]).toEqual([true, false])
    await expectEventually(() => expect([...comments]).toEqual([[id, 'kept']]))
  })

  test('an event that cannot be emitted stays in the outbox', async () => {
    const { relayOne } = await page.outbox()
    await page.db.query(`INSERT INTO outbox (room, type) VALUES ('project:7', 'hub:reserved')`)
    await expect(relayOne()).rejects.toThrow(TypeError)
    const { rows } = await page.db.query('SELECT type FROM outbox')
    expect(rows).toEqual([{ type: 'hub:reserved' }])
  })
})
