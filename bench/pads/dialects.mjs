// The y-protocol as each server of the bench wants it, and the provider that its people would use, as it comes from npm.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'

export const SYNC = 0
export const STEP1 = 0
export const STEP2 = 1
export const UPDATE = 2
const AUTH = 2
const SYNC_REPLY = 4
const SAVED = 100
const OTHERS = [101, 102, 104, 105, 106] // words of ours that our client alone knows (cartable/pads/wire.py)
const EMPTY = Uint8Array.of(0) // a state vector of nothing

const made = write => {
  const encoder = createEncoder()
  write(encoder)
  return toUint8Array(encoder)
}

const plain = {
  greeting: () => [],
  wrapped: (_, message) => message,
  open: frame => createDecoder(frame),
  provider (address, doc, headers) {
    const end = address.lastIndexOf('/')
    class Polyfill extends WebSocket {
      constructor (url) { super(url, { headers, perMessageDeflate: false }) }
    }
    const provider = new WebsocketProvider(address.slice(0, end), address.slice(end + 1), doc, { WebSocketPolyfill: Polyfill, disableBc: true })
    for (const ours of [SAVED, ...OTHERS]) provider.messageHandlers[ours] = () => {} // it would say that it does not know them, and go on
    return provider
  }
}

const hocuspocus = {
  greeting: pad => [made(encoder => {
    writeVarString(encoder, pad)
    writeVarUint(encoder, AUTH)
    writeVarUint(encoder, 0)
    writeVarString(encoder, 'nobody')
  })],
  wrapped: (pad, message) => Buffer.concat([made(encoder => writeVarString(encoder, pad)), message]),
  open (frame) {
    const decoder = createDecoder(frame)
    readVarString(decoder)
    return decoder
  },
  provider (address, doc, _, pad) {
    const websocketProvider = new HocuspocusProviderWebsocket({ url: address, WebSocketPolyfill: WebSocket })
    const provider = new HocuspocusProvider({ name: pad, document: doc, token: 'nobody', websocketProvider })
    provider.attach()
    return provider
  }
}

const DIALECTS = { plain, hocuspocus }

/** What a server is spoken to with: its dialect, the address of a pad, and what it is told of who comes. */
export class Door {
  constructor ({ dialect, address, headers }) {
    Object.assign(this, { dialect: DIALECTS[dialect], headers })
    this.address = pad => address.replace('PAD', pad)
  }

  /** A socket at a pad, where nobody listens but for what is told here. */
  socket (pad, hear) {
    const socket = new WebSocket(this.address(pad), { headers: this.headers, perMessageDeflate: false })
    socket.on('open', () => this.dialect.greeting(pad).forEach(frame => socket.send(frame)))
    socket.on('message', frame => hear(this.dialect.open(frame), frame))
    return socket
  }

  /** The frame of a sync message. */
  sync (pad, kind, data = EMPTY) {
    return this.dialect.wrapped(pad, made(encoder => {
      writeVarUint(encoder, SYNC)
      writeVarUint(encoder, kind)
      writeVarUint8Array(encoder, data)
    }))
  }

  provider (pad, doc) {
    return this.dialect.provider(this.address(pad), doc, this.headers, pad)
  }
}

/** Whether a message brings all that a document is. */
export const isWhole = decoder => [SYNC, SYNC_REPLY].includes(readVarUint(decoder)) && readVarUint(decoder) === STEP2

/** How many messages a message says are durable; 0 if it speaks of something else. */
export const kept = decoder => readVarUint(decoder) === SAVED ? readVarUint(decoder) : 0
