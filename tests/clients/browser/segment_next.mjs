// Plays the visit with @segment/analytics-next.
import { AnalyticsBrowser } from '@segment/analytics-next'
import { host, intend, key, play } from './script.mjs'

const integrations = { 'Segment.io': { apiHost: `${new URL(host).host}/v1`, protocol: 'http' } }
const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: host }, { integrations })
await analytics.addSourceMiddleware(({ payload, next }) => {
  intend(payload.obj)
  next(payload)
})
await analytics.ready()
await play({
  page: ({ name, url, title, referrer }) => void analytics.page(name, { url, title, referrer }),
  screen: ({ name, properties }) => void analytics.screen(name, properties),
  track: ({ name, properties }) => void analytics.track(name, properties),
  identify: ({ traits }, { user }) => void analytics.identify(user, traits),
  group: ({ traits }, { account }) => void analytics.group(account, traits),
  alias: async (_, { user }) => void analytics.alias(user, (await analytics.user()).anonymousId()),
  reset: () => analytics.reset(),
})
