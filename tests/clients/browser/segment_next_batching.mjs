// Plays the visit with @segment/analytics-next, which sends its events in batches.
import { AnalyticsBrowser } from '@segment/analytics-next'
import { host, intend, key, play } from './script.mjs'

const deliveryStrategy = { strategy: 'batching', config: { size: 5, timeout: 200 } }
const integrations = { 'Segment.io': { apiHost: `${new URL(host).host}/v1`, protocol: 'http', deliveryStrategy } }
const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: host }, { integrations })
await analytics.addSourceMiddleware(({ payload, next }) => {
  intend(payload.obj)
  next(payload)
})
await analytics.ready()
await play({
  page: ({ name, url, title, referrer }) => void analytics.page(name, { url, title, referrer }),
  track: ({ name, properties }) => void analytics.track(name, properties),
  identify: ({ traits }, { user }) => void analytics.identify(user, traits),
  group: ({ traits }, { account }) => void analytics.group(account, traits),
  reset: () => analytics.reset(),
})
