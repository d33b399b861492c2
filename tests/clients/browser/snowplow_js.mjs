// Plays the visit with @snowplow/browser-tracker.
import {
  newTracker,
  setCustomUrl,
  setReferrerUrl,
  setUserId,
  trackPageView,
  trackSelfDescribingEvent,
  trackStructEvent,
} from '@snowplow/browser-tracker'
import { host, intend, key, play } from './script.mjs'

newTracker('touchpath', host, { appId: key, plugins: [{ afterTrack: intend }] })
await play({
  page: ({ url, title, referrer }) => {
    setCustomUrl(url)
    setReferrerUrl(referrer)
    trackPageView({ title })
  },
  track: ({ name, properties }) => {
    if (name === 'checkout.finished') {
      const { seconds: value } = properties
      return trackStructEvent({ category: 'checkout', action: 'finished', label: 'Kasse ✓', property: 'errors', value })
    }
    const vendorless = name.toLowerCase().replaceAll(/[ .]/g, '_')
    trackSelfDescribingEvent({ event: { schema: `iglu:com.example/${vendorless}/jsonschema/1-0-0`, data: properties } })
  },
  identify: (_, { user }) => setUserId(user),
  reset: () => setUserId(null),
})
