// Plays the visit with posthog-node.
import { PostHog } from 'posthog-node'
import { Script, uuidOf } from './script.mjs'

const script = new Script()
const client = new PostHog(script.key, { host: script.host, flushInterval: 100, fetchRetryCount: 40, fetchRetryDelay: 500 })
const untaken = new Set()
for (const call of ['capture', 'identify', 'alias']) {
  client.on(call, (message) => {
    script.intend(message)
    untaken.add(message.uuid)
  })
}
client.on('flush', (messages) => messages.forEach((message) => untaken.delete(message.uuid)))
let lastError = 'none'
client.on('error', (error) => (lastError = error))

for await (const step of script.steps()) say(step)
await client.shutdown(60_000)
script.giveUp(untaken, lastError)

function say(step) {
  const who = { distinctId: step.user ?? step.anonymous, uuid: uuidOf(step.id) }
  const { name, properties, traits, url, title, referrer } = step.told
  switch (step.do) {
    case 'page':
      return client.capture({ ...who, event: '$pageview', properties: { $current_url: url, title, $referrer: referrer } })
    case 'screen':
      return client.capture({ ...who, event: '$screen', properties: { $screen_name: name, ...properties } })
    case 'track':
      return client.capture({ ...who, event: name, properties })
    case 'identify':
      return client.identify({ distinctId: who.distinctId, properties: { $anon_distinct_id: step.anonymous, $set: traits } })
    case 'group':
      return client.groupIdentify({ groupType: 'company', groupKey: step.account, properties: traits, distinctId: who.distinctId })
    case 'alias':
      return client.alias({ distinctId: who.distinctId, alias: step.anonymous })
  }
}
