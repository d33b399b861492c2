// Plays the visit with @segment/analytics-node.
import { Analytics } from '@segment/analytics-node'
import { Script, segmentMessage } from './script.mjs'

const script = new Script()
const analytics = new Analytics({ writeKey: script.key, host: script.host, flushInterval: 100 })
await analytics.register({
  name: 'Notes',
  type: 'enrichment',
  version: '1.0.0',
  isLoaded: () => true,
  load: async () => {},
  ...Object.fromEntries(
    ['page', 'screen', 'track', 'identify', 'group', 'alias'].map((call) => [
      call,
      (context) => {
        script.intend(context.event)
        return context
      },
    ]),
  ),
})
analytics.on('error', (error) => script.giveUp(error.ctx ? [error.ctx.event.messageId] : [], error.reason ?? error.code))
for await (const step of script.steps()) {
  const message = segmentMessage(step)
  if (message) analytics[step.do](message)
}
await analytics.closeAndFlush({ timeout: 60_000 })
