// Plays the visit with posthog-js as it comes: page views, leaving and autocapture included; only its filter of robots is off.
import posthog from 'posthog-js'
import { host, intend, key, play } from './script.mjs'

await new Promise((loaded) =>
  posthog.init(key, {
    api_host: host,
    persistence: 'localStorage',
    opt_out_useragent_filter: true,
    before_send: (event) => {
      intend(event)
      return event
    },
    loaded,
  }),
)
await play({
  page: ({ url, title, referrer }) => posthog.capture('$pageview', { $current_url: url, title, $referrer: referrer }),
  screen: ({ name, properties }) => posthog.capture('$screen', { $screen_name: name, ...properties }),
  track: ({ name, properties }) => posthog.capture(name, properties),
  identify: ({ traits }, { user }) => posthog.identify(user, traits),
  group: ({ traits }, { account }) => posthog.group('company', account, traits),
  alias: (_, { user }) => posthog.alias(`second-${user}`),
  reset: () => posthog.reset(true),
})
