// `node load.mjs JSON`: people at pads, the same for every server. What happens is said on the output, a line of JSON each.
//
// They type (`seconds`): of those at one pad the first has the provider of their server, and hears all of the others, which tells
// when each letter arrived, and whether all did; the others do not listen, but to what is said to be durable. Or they open pads, one
// after the other (`seconds` 0), and stay until the input ends.

import { once, setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import * as Y from 'yjs'
import { Door, isWhole, kept, STEP1, UPDATE } from './dialects.mjs'

const WARM = 1000 // ms of typing that are not measured
const PATIENCE = 60_000

const job = JSON.parse(process.argv[2])
setMaxListeners(0, process) // each provider hears of the end
const door = new Door(job)
const now = () => performance.now()
const say = (word, values = {}) => console.log(JSON.stringify({ word, ...values }))

const typedAt = new Map() // when each letter was typed, by the client of its document
const delays = { delivered: [], saved: [] }
let measured = false

/** Somebody who types. */
class Typist {
  constructor (pad) {
    this.doc = new Y.Doc()
    this.text = this.doc.getText('text')
    this.times = []
    typedAt.set(this.doc.clientID, this.times)
    this.come(pad)
  }

  type () {
    this.times.push(now())
    this.text.insert(this.place(), 'a')
  }

  place () { return this.text.length }
}

/** Whose words go out, and who hears only of those that are durable. */
class Deaf extends Typist {
  saved = 0

  come (pad) {
    this.socket = door.socket(pad, decoder => this.hear(decoder))
    this.doc.on('update', update => this.socket.send(door.sync(pad, UPDATE, update)))
  }

  ready () { return once(this.socket, 'open') }

  isKept () { return this.saved >= this.times.length }

  hear (decoder) {
    const durable = kept(decoder)
    for (; this.saved < durable; this.saved++) note(delays.saved, this.times[this.saved])
  }

  leave () { this.socket.terminate() }
}

/** Who has a provider as it comes from npm, and reads all. */
class Reader extends Typist {
  come (pad) {
    this.provider = door.provider(pad, this.doc)
    this.doc.on('update', (_update, _origin, _doc, transaction) => this.hear(transaction))
  }

  ready () { return new Promise(resolve => this.provider.on('synced', resolve)) }

  hear ({ beforeState, afterState, local }) {
    if (local) return
    for (const [client, until] of afterState) {
      const times = typedAt.get(client)
      for (let clock = beforeState.get(client) ?? 0; times && clock < until; clock++) note(delays.delivered, times[clock])
    }
  }

  isKept () { return true } // its provider knows no such thing

  place () { return Math.floor(Math.random() * (this.text.length + 1)) }

  leave () { this.provider.destroy() }
}

function note (list, began) {
  if (measured) list.push(now() - began)
}

function at (list, share) {
  return list.length ? list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] : null
}

async function until (true_, what) {
  const end = now() + PATIENCE
  while (!true_()) {
    if (now() > end) throw new Error(`${job.address}: ${what}`)
    await pause(20)
  }
}

async function type () {
  const pads = []
  for (const pad of job.pads) {
    const people = [new Reader(pad), ...Array.from({ length: job.typists - 1 }, () => new Deaf(pad))]
    await Promise.all(people.map(one => one.ready()))
    pads.push({ people, before: people[0].text.length })
  }
  await typed(pads, WARM)
  measured = true
  say('began')
  say('ended', { letters: await typed(pads, job.seconds * 1000) })
  say('done', Object.fromEntries(Object.entries(delays).map(([name, list]) => [name, [at(list, 0.5), at(list, 0.99)]])))
  pads.forEach(({ people }) => people.forEach(one => one.leave()))
}

/** Have everybody type for so long, wait until all has arrived, and return how many letters that were. */
async function typed (pads, ms) {
  const everybody = pads.flatMap(({ people }) => people)
  const before = count(everybody)
  const every = 1000 / job.rate
  const timers = everybody.map(one => setTimeout(() => {
    timers.push(setInterval(() => one.type(), every))
  }, Math.random() * every))
  await pause(ms)
  timers.forEach(clearInterval)
  await until(() => pads.every(({ people, before }) => people[0].text.length === before + count(people)), 'not every letter arrived')
  if (job.acknowledges) await until(() => everybody.every(one => one.isKept()), 'not all is durable')
  return count(everybody) - before
}

const count = people => people.reduce((sum, one) => sum + one.times.length, 0)

async function open () {
  const sockets = []
  for (const pad of job.pads) {
    const began = now()
    await new Promise((resolve, reject) => {
      const socket = door.socket(pad, (decoder, frame) => {
        if (isWhole(decoder)) resolve(say('opened', { pad, ms: now() - began, bytes: frame.length }))
      })
      socket.on('open', () => socket.send(door.sync(pad, STEP1)))
      socket.on('error', reject)
      socket.on('close', reject)
      sockets.push(socket)
    })
  }
  say('done')
  process.stdin.resume()
  await once(process.stdin, 'end')
}

await (job.seconds ? type() : open())
process.exit()
