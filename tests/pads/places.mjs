// `node places.mjs`: what Yjs says of a document, for pycrdt's word to be compared with. Asked by lines of JSON, answered by one each.

import { createInterface } from 'node:readline'
import * as Y from 'yjs'

const spelled = bytes => Buffer.from(bytes).toString('base64')

function opened (state) {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Buffer.from(state, 'base64'))
  return doc
}

const ACTS = {
  // A document that several clients typed, each in its turn: at a place, so much taken away, some words.
  typed (edits) {
    const docs = new Map()
    const state = new Y.Doc()
    for (const [client, place, gone, words] of edits) {
      const doc = docs.get(client) ?? new Y.Doc()
      docs.set(client, doc)
      doc.clientID = client
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(state))
      const text = doc.getText('text')
      const letters = Array.from(text.toString())
      const at = place % (letters.length + 1)
      const before = letters.slice(0, at).join('').length
      text.delete(before, letters.slice(at, at + gone).join('').length)
      text.insert(before, words)
      Y.applyUpdate(state, Y.encodeStateAsUpdate(doc))
    }
    return spelled(Y.encodeStateAsUpdate(state))
  },
  // The names of all places of a text, by either side.
  names (state) {
    const text = opened(state).getText('text')
    return Array.from({ length: text.length + 1 }, (_, at) =>
      [0, -1].map(side => spelled(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, at, side)))))
  },
  // Where such names lead.
  found (state, names) {
    const doc = opened(state)
    return names.map(name => Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(Buffer.from(name, 'base64')), doc)?.index ?? null)
  },
  // A text, and for each letter (a unit of UTF-16) as which client it was typed.
  read (state) {
    const text = opened(state).getText('text')
    const clients = []
    for (let item = text._start; item; item = item.right) {
      if (!item.deleted) clients.push(...Array(item.length).fill(item.id.client))
    }
    return { text: text.toString(), clients }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [act, ...values] = JSON.parse(line)
  console.log(JSON.stringify(ACTS[act](...values)))
}
