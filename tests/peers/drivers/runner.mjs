// Runs the cases with the official JavaScript driver; see README.md. Prints a line of JSON for each.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import neo4j from 'neo4j-driver'

const [casesFile, uri, password] = process.argv.slice(2)
const address = uri.split('://')[1]
const { types, int } = neo4j

/** A step needs what an earlier one failed to make. */
class Nothing extends Error {}

// ---- values: JSON with a tag where JSON has no type of its own ----

const ARRAYS = { float32: Float32Array, float64: Float64Array, int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array }
const mapped = (members, convert) => Object.fromEntries(Object.entries(members ?? {}).map(([key, value]) => [key, convert(value)]))
const GIVEN = {
  int: text => int(text),
  float: Number,
  map: members => mapped(members, given),
  uuid: text => neo4j.uuid(text),
  bytes: hex => Uint8Array.from(Buffer.from(hex, 'hex')),
  date: n => new types.Date(...n),
  localtime: n => new types.LocalTime(...n),
  time: n => new types.Time(...n),
  localdatetime: n => new types.LocalDateTime(...n),
  datetime: n => new types.DateTime(...n),
  zoned: n => new types.DateTime(...n.slice(0, 7), undefined, n[7]),
  duration: n => new types.Duration(...n),
  point: n => new types.Point(int(n[0]), ...n.slice(1)),
  vector: ([kind, ...items]) => neo4j.vector(ARRAYS[kind].from(items, kind === 'int64' ? BigInt : Number))
}

function given (value) {
  if (Array.isArray(value)) return value.map(given)
  if (value === null || typeof value !== 'object') return value
  const [[tag, inner]] = Object.entries(value)
  return GIVEN[tag](inner)
}

function shownText (text) {
  const bytes = Buffer.from(text)
  return bytes.length <= 500 ? text : { text: [bytes.length, createHash('sha256').update(bytes).digest('hex').slice(0, 12)] }
}

const shownFloat = number => Object.is(number, -0) ? '-0' : String(number)
const numbers = (value, names) => names.map(name => Number(value[name]))
const DATE = ['year', 'month', 'day']
const TIME = ['hour', 'minute', 'second', 'nanosecond']

function shownObject (value) {
  if (neo4j.isInt(value)) return { int: value.toString() }
  if (Array.isArray(value)) return value.map(shown)
  if (ArrayBuffer.isView(value)) return { bytes: Buffer.from(value).toString('hex') }
  if (neo4j.isPoint(value)) return { point: [Number(value.srid), ...[value.x, value.y, value.z].filter(each => each !== undefined).map(shownFloat)] }
  if (neo4j.isDuration(value)) return { duration: numbers(value, ['months', 'days', 'seconds', 'nanoseconds']) }
  if (neo4j.isLocalTime(value)) return { localtime: numbers(value, TIME) }
  if (neo4j.isTime(value)) return { time: numbers(value, [...TIME, 'timeZoneOffsetSeconds']) }
  if (neo4j.isDate(value)) return { date: numbers(value, DATE) }
  if (neo4j.isLocalDateTime(value)) return { localdatetime: numbers(value, [...DATE, ...TIME]) }
  if (neo4j.isDateTime(value)) {
    const fields = numbers(value, [...DATE, ...TIME, 'timeZoneOffsetSeconds'])
    return value.timeZoneId ? { zoned: [...fields, value.timeZoneId] } : { datetime: fields }
  }
  if (neo4j.isNode(value)) return { node: [value.elementId, value.labels.toSorted(), mapped(value.properties, shown)] }
  if (neo4j.isUUID?.(value)) return { uuid: value.toString() }
  if (neo4j.isVector?.(value)) return { vector: [value.getType(), ...Array.from(value.asTypedArray(), String)] }
  if (Object.getPrototypeOf(value) === Object.prototype) return { map: mapped(value, shown) }
  return { unknown: value.constructor.name }
}

function shown (value) {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null
  if (typeof value === 'number') return { float: shownFloat(value) }
  return typeof value === 'string' ? shownText(value) : shownObject(value)
}

// ---- what came of a step ----

function shownError (error) {
  if (error instanceof Nothing) return { nothing: error.message }
  if (!(error instanceof neo4j.Neo4jError)) throw error
  if (!error.code.startsWith('Neo.')) return { local: error.code, ...(error.cause ? { cause: shownError(error.cause) } : {}) }
  const statuses = []
  for (let cause = error; cause; cause = cause.cause) {
    statuses.push([cause.gqlStatus, cause.gqlStatusDescription, cause.rawClassification ?? null,
      shown(cause.diagnosticRecord), cause.message])
  }
  return { code: error.code, message: error.message, retryable: error.retriable, statuses }
}

const shownPosition = position => position && 'offset' in position ? [position.offset, position.line, position.column] : null
const shownServer = server => [server.agent, server.address, String(server.protocolVersion.toString?.() ?? server.protocolVersion)]

function shownSummary (summary) {
  return {
    counters: Object.fromEntries(Object.entries({ ...summary.counters.updates(), systemUpdates: summary.counters.systemUpdates() })
      .filter(([, count]) => count)),
    updates: [summary.counters.containsUpdates(), summary.counters.containsSystemUpdates()],
    type: summary.queryType,
    server: shownServer(summary.server),
    database: summary.database.name,
    notifications: (summary.notifications ?? []).map(one => [one.code, one.title, one.description, one.rawSeverityLevel ?? null,
      one.rawCategory ?? null, shownPosition(one.position)]),
    statuses: summary.gqlStatusObjects.map(one => [one.gqlStatus, one.statusDescription, one.rawSeverity ?? null,
      one.rawClassification ?? null, shownPosition(one.position), shown(one.diagnosticRecord)]),
    plan: summary.plan ? summary.plan.operatorType : null,
    profile: summary.profile ? summary.profile.operatorType : null,
    timed: [summary.resultAvailableAfter >= 0, summary.resultConsumedAfter >= 0]
  }
}

function rows (keys, records, how) {
  const values = records.map(record => record.keys.map(key => shown(record.get(key))))
  return how === 'ends' ? { keys, count: values.length, ends: [values.at(0), values.at(-1)] } : { keys, records: values }
}

/** The established connections of this process to the server's port, asked again until they settle. */
async function countConnections () {
  const port = Number(address.split(':').at(-1))
  let count = -1
  for (let i = 0; i < 20; i++) {
    const before = count
    const own = new Set()
    for (const fd of readdirSync('/proc/self/fd')) {
      try { own.add(readlinkSync('/proc/self/fd/' + fd)) } catch {}
    }
    count = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap(table => readFileSync(table, 'utf8').split('\n').slice(1))
      .map(line => line.trim().split(/\s+/))
      .filter(fields => fields[3] === '01' && parseInt(fields[2].split(':').at(-1), 16) === port && own.has(`socket:[${fields[9]}]`)).length
    if (count === before) break
    await sleep(50)
  }
  return count
}

// ---- steps ----

function auth (what) {
  if (Array.isArray(what)) return neo4j.auth.basic(what[0], what[1] === '$password' ? password : what[1])
  return what === 'none' ? undefined : neo4j.auth.basic('neo4j', password)
}

/** Timeout and metadata of a step. */
function limits (step) {
  return {
    ...('timeout_ms' in step ? { timeout: step.timeout_ms } : {}),
    ...(step.metadata ? { metadata: mapped(step.metadata, given) } : {})
  }
}

class Case {
  constructor (settings) {
    Object.assign(this, { settings, results: {}, iterators: {}, bookmarks: undefined })
  }

  async close () {
    await this.session?.close()
    await this.driver?.close()
    this.session = this.driver = this.transaction = undefined
  }

  async open (settings) {
    await this.close()
    const wanted = { ...this.settings, ...settings }
    const where = wanted.host === 'elsewhere' ? process.env.NEO4J_ELSEWHERE : address
    const files = `${process.env.NEO4J_CLIENT_CERTIFICATES}/${wanted.certificate}`
    this.driver = neo4j.driver(`${wanted.scheme ?? 'bolt'}://${where}`, auth(settings.auth), {
      maxTransactionRetryTime: 3000,
      ...(wanted.certificate ? { clientCertificate: { certfile: files + '.crt', keyfile: files + '.key' } } : {})
    })
  }

  async openSession (settings) {
    if (this.session) {
      this.bookmarks = this.session.lastBookmarks()
      await this.session.close()
    }
    const filter = { none: 'OFF', warnings: 'WARNING' }[settings.notifications]
    this.session = this.driver.session({
      ...('database' in settings ? { database: settings.database } : {}),
      ...(settings.mode === 'read' ? { defaultAccessMode: neo4j.session.READ } : {}),
      ...('fetch' in settings ? { fetchSize: settings.fetch } : {}),
      ...('impersonate' in settings ? { impersonatedUser: settings.impersonate } : {}),
      ...(settings.bookmarks ? { bookmarks: settings.bookmarks === 'nonsense' ? ['nonsense'] : this.bookmarks } : {}),
      ...(filter ? { notificationFilter: { minimumSeverityLevel: filter } } : {})
    })
  }

  result (step) {
    const name = step.of ?? 'r'
    if (!this.results[name]) throw new Nothing('no result')
    return this.results[name]
  }

  iterator (step) {
    const name = step.of ?? 'r'
    return (this.iterators[name] ??= this.result(step)[Symbol.asyncIterator]())
  }

  takeTransaction () {
    const transaction = this.transaction
    this.transaction = undefined
    if (!transaction) throw new Nothing('no transaction')
    return transaction
  }

  async managed (how, statements) {
    let attempts = 0
    try {
      const results = await this.session[how](async transaction => {
        attempts++
        const outcome = []
        for (const statement of statements) {
          const result = transaction.run(statement.run, mapped(statement.with, given))
          outcome.push(rows(await result.keys(), (await result).records, 'values'))
        }
        return outcome
      })
      return { attempts, results }
    } catch (error) {
      return { attempts, error: shownError(error) }
    }
  }

  driver_ (step) { return this.open(step.arg) }
  session_ (step) { return this.openSession(step.arg) }
  close_session () { return this.session.close() }
  close_driver () { return this.close() }
  connections () { return countConnections() }
  sleep (step) { return sleep(step.arg) }
  async verify () { await this.driver.verifyConnectivity() }
  verify_auth (step) { return this.driver.verifyAuthentication({ auth: auth(step.arg) }) }
  multi_db () { return this.driver.supportsMultiDb() }
  async server_info () { return shownServer(await this.driver.getServerInfo()) }

  async run (step) {
    const name = step.as ?? 'r'
    delete this.results[name]
    delete this.iterators[name]
    const result = this.transaction
      ? this.transaction.run(step.arg, mapped(step.with, given))
      : this.session.run(step.arg, mapped(step.with, given), limits(step))
    const keys = await result.keys()
    this.results[name] = result
    return keys
  }

  async next (step) {
    const found = []
    const iterator = this.iterator(step)
    while (found.length < step.arg) {
      const { done, value } = await iterator.next()
      if (done) break
      found.push(value.keys.map(key => shown(value.get(key))))
    }
    return found
  }

  async all (step) {
    const result = this.result(step)
    const keys = await result.keys()
    const records = []
    const iterator = this.iterator(step)
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) records.push(next.value)
    return rows(keys, records, step.arg)
  }

  async consume (step) {
    const result = this.result(step)
    const iterator = this.iterators[step.of ?? 'r']
    return shownSummary((await iterator?.return())?.value ?? await result.summary())
  }

  async begin (step) { this.transaction = await this.session.beginTransaction(limits(step)) }
  commit () { return this.takeTransaction().commit() }
  rollback () { return this.takeTransaction().rollback() }
  close_tx () { return this.takeTransaction().close() }
  read (step) { return this.managed('executeRead', step.arg) }
  write (step) { return this.managed('executeWrite', step.arg) }

  async execute (step) {
    const { keys, records, summary } = await this.driver.executeQuery(step.arg, mapped(step.with, given),
      { routing: step.routing === 'read' ? neo4j.routing.READ : neo4j.routing.WRITE })
    return { ...rows(keys, records, 'values'), summary: shownSummary(summary) }
  }

  async bookmarks_ () {
    const values = this.session.lastBookmarks()
    return [values.length, values.every(value => value.startsWith('FB:'))]
  }
}

// Members that are state have the names of three steps.
const METHODS = { driver: 'driver_', session: 'session_', bookmarks: 'bookmarks_' }

async function run (settings) {
  if (['vectors', 'UUIDs'].includes(settings.needs) && !neo4j.vector) return 'this driver has none'
  if (settings.needs === 'results that end with their session') return 'this driver still gives what has arrived'
  const one = new Case(settings)
  const outcomes = []
  try {
    await one.open(settings)
    await one.openSession(settings.session ?? {})
    for (const step of settings.steps) {
      try {
        outcomes.push({ ok: await one[METHODS[step.op] ?? step.op](step) ?? null })
      } catch (error) {
        outcomes.push({ error: shownError(error) })
      }
    }
  } finally {
    await one.close()
  }
  return outcomes
}

for (const settings of JSON.parse(readFileSync(casesFile, 'utf8'))) {
  console.log(JSON.stringify([settings.when, await run(settings)]))
}
