import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'

/** The address of PostgreSQL, from the environment variables of `pg`. */
const SERVER = {
  PGHOST: process.env['PGHOST'] ?? '127.0.0.1',
  PGPORT: process.env['PGPORT'] ?? '5432',
  PGUSER: process.env['PGUSER'] ?? 'postgres',
  PGDATABASE: process.env['PGDATABASE'] ?? 'postgres',
}

/** Whether PostgreSQL is available. Throws under CI if it is not, because a skipped suite proves nothing. */
export function hasPostgres(): boolean {
  try {
    const script = `require('node:net').connect(process.env.PGPORT, process.env.PGHOST, process.exit)`
    execFileSync(process.execPath, ['-e', script], { env: { ...process.env, ...SERVER }, stdio: 'ignore' })
    return true
  } catch {
    if (process.env['CI'] === 'true') throw new Error('The tests need PostgreSQL, and there is none.')
    process.stderr.write('\n*** SKIPPED: there is no PostgreSQL here; set PGHOST and PGPORT ***\n\n')
    return false
  }
}

/** A schema for one test. */
export class Schema {
  /** The environment in which a program of `pg` uses this schema. */
  readonly env: Readonly<Record<string, string>>
  readonly #name = `wshub_${randomBytes(6).toString('hex')}`

  private constructor() {
    this.env = { ...SERVER, PGOPTIONS: `-c search_path=${this.#name}` }
  }

  /** @param tables the SQL that creates its tables */
  static async create(tables: string): Promise<Schema> {
    const schema = new Schema()
    await schema.#run(`CREATE SCHEMA ${schema.#name}; SET search_path = ${schema.#name}; ${tables}`)
    return schema
  }

  async drop(): Promise<void> {
    await this.#run(`DROP SCHEMA ${this.#name} CASCADE`)
  }

  async #run(sql: string): Promise<void> {
    const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: database } = SERVER
    const client = new Client({ host, port: Number(port), user, database })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
}
