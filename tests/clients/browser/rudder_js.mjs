// Plays the visit with @rudderstack/analytics-js, the build that carries its plugins with it.
import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'
import { host, intend, key, play } from './script.mjs'

const client = new RudderAnalytics()
client.load(key, host, { configUrl: host, sendAdblockPage: false })
await new Promise((ready) => client.ready(ready))

// Each call tells the event that it made.
const noted = (say) => new Promise((made) => say(made)).then(intend)
await play({
  page: ({ name, url, title, referrer }) => noted((made) => client.page('', name, { url, title, referrer }, {}, made)),
  track: ({ name, properties }) => noted((made) => client.track(name, properties, {}, made)),
  identify: ({ traits }, { user }) => noted((made) => client.identify(user, traits, {}, made)),
  group: ({ traits }, { account }) => noted((made) => client.group(account, traits, {}, made)),
  alias: (_, { user }) => noted((made) => client.alias(user, client.getAnonymousId(), {}, made)),
  reset: () => client.reset(true),
})
