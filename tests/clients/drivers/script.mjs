// What every Node driver shares: the visit to play, and the notes of what the client made of it (the twin of script.py).
import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export class Script {
  constructor() {
    const told = JSON.parse(process.argv[2])
    Object.assign(this, { host: told.host, key: told.key, run: told.run, folder: told.folder })
    Object.assign(this, { rounds: told.rounds, pauseSeconds: told.pause_seconds })
    this.told = JSON.parse(readFileSync(told.visit, 'utf8')).steps
  }

  async *steps() {
    for (let round = 0; round < this.rounds; round++) {
      yield* this.visit(`${this.run}-${round}`)
      await sleep(this.pauseSeconds * 1000)
    }
  }

  *visit(visit) {
    let user
    let browser = 1
    for (const [index, told] of this.told.entries()) {
      if (told.do === 'identify') user = `user-${visit}`
      if (told.do === 'reset') {
        user = undefined
        browser++
      }
      const id = `${visit}-${String(index + 1).padStart(2, '0')}`
      yield { do: told.do, id, user, anonymous: uuidOf(`${visit}-${browser}`), account: `account-${visit}`, told }
    }
  }

  intend(message) {
    this.note('intended.jsonl', message)
  }

  giveUp(ids, reason) {
    for (const id of ids) this.note('given_up.jsonl', { id, reason: String(reason) })
  }

  note(name, what) {
    appendFileSync(`${this.folder}/${name}`, `${JSON.stringify(what)}\n`)
  }
}

// The arguments of Segment's calls, which RudderStack's are too; undefined where a step is no call.
export function segmentMessage(step) {
  const ids = { userId: step.user, anonymousId: step.anonymous, messageId: step.id, timestamp: new Date() }
  const { name, properties, traits, url, title, referrer } = step.told
  switch (step.do) {
    case 'page':
      return { ...ids, name, properties: { url, title, referrer } }
    case 'screen':
      return { ...ids, name, properties }
    case 'track':
      return { ...ids, event: name, properties }
    case 'identify':
      return { ...ids, traits }
    case 'group':
      return { ...ids, groupId: step.account, traits }
    case 'alias':
      return { messageId: step.id, timestamp: ids.timestamp, userId: step.user, previousId: step.anonymous }
  }
}

// An id that looks drawn at random, as trackers draw them, and is the same each time.
export function uuidOf(id) {
  const hash = createHash('sha256').update(id).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
