// Plays the visit with @rudderstack/rudder-sdk-node.
import { createRequire } from 'node:module'
import { Script, segmentMessage } from './script.mjs'

const RudderAnalytics = createRequire(import.meta.url)('@rudderstack/rudder-sdk-node')
const script = new Script()
const client = new RudderAnalytics(script.key, {
  dataPlaneUrl: script.host,
  flushInterval: 100,
  retryCount: 8,
  logLevel: 'error',
  errorHandler: () => {}, // each message has its own callback below
})
const waiting = []
for await (const step of script.steps()) {
  const message = segmentMessage(step)
  if (!message) continue
  const { timestamp, ...rest } = message
  const sent = { ...rest, originalTimestamp: timestamp }
  script.intend({ type: step.do, ...sent })
  waiting.push(
    new Promise((resolve) => {
      client[step.do](sent, (error) => {
        if (error) script.giveUp([step.id], error)
        resolve()
      })
    }),
  )
}
await client.flush().catch(() => {})
await Promise.all(waiting)
process.exit(0)
