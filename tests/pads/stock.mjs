// `node stock.mjs SERVER ROOM HEADERS`: somebody with y-websocket as it comes from npm, which knows nothing of ours.
//
// What they see is said on the output, a line of JSON each time it changes; what they do is read from the input, a line each.

import { createInterface } from 'node:readline'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const PATIENCE = 60_000 // ms; no test lasts as long unless it fails

const [server, room, headers] = process.argv.slice(2)

/** A browser sends its cookies by itself; here who comes is said in headers. */
class Signed extends WebSocket {
  constructor (url) { super(url, { headers: JSON.parse(headers) }) }
}

const doc = new Y.Doc()
const text = doc.getText('text')
const provider = new WebsocketProvider(server, room, doc, { WebSocketPolyfill: Signed, disableBc: true })
const { awareness } = provider

const see = () => console.log(JSON.stringify({
  text: text.toString(),
  synced: provider.synced,
  connected: provider.wsconnected,
  people: Object.fromEntries(awareness.getStates())
}))
text.observe(see)
awareness.on('change', see)
for (const event of ['sync', 'status']) provider.on(event, see)

setTimeout(() => process.exit(1), PATIENCE).unref()

const ACTS = {
  insert: (place, words) => text.insert(place, words),
  erase: (place, length) => text.delete(place, length),
  be: state => awareness.setLocalState(state),
  go: () => provider.disconnect(),
  come: () => provider.connect()
}
for await (const line of createInterface({ input: process.stdin })) {
  const [act, ...values] = JSON.parse(line)
  ACTS[act](...values)
}
provider.destroy()
doc.destroy() // and with it what renews who is here
