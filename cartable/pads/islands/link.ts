/**
 * The socket of a pad: the y-protocol (y-protocols 1.0) as y-websocket speaks it, with our messages `saved`, `role`, `epoch`,
 * `comments` and `name` (pads/wire.py). Written here because what is *kept* is a count of what this very socket sent, and starts again with each.
 */
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from "lib0/decoding";
import { type Encoder, createEncoder, length, toUint8Array, writeVarUint, writeVarUint8Array } from "lib0/encoding";
import { type Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import { messageYjsSyncStep1, messageYjsSyncStep2, readSyncMessage, writeSyncStep1, writeUpdate } from "y-protocols/sync";
import { type Doc } from "yjs";
import { EventSocket } from "./eventsocket";

const SYNC = 0, AWARENESS = 1, QUERY_AWARENESS = 3, SAVED = 100, ROLE = 101, EPOCH = 102, COMMENTS = 105, NAME = 106;
const QUIET_MS = 10_000; // without a word of the server it is asked for one
const DEAD_MS = 15_000; // without an answer the socket is taken for lost
const FIRST_MS = 300, LONGEST_MS = 5_000; // before it is tried again
const TRIES = 3; // after all but one of so many that are cut before a word, events and POSTs: some networks let no WebSocket through
const CUT = 1006; // what a browser says where nobody closed (RFC 6455 §7.1.5)

/** Codes by which the server closes a socket for good (pads/sockets.py): coming back would change nothing. */
export const ENDED = { signedOut: 4001, denied: 4003, gone: 4004, forgotten: 4012, tooLarge: 4013, noText: 4015 };
const FOR_GOOD = new Set(Object.values(ENDED));

export class Link {
  /** Whether the socket is open, and has told all that the server had. */
  online = false;
  /** Whether that ever was. */
  met = false;
  /** Whether something of this document is not known to be durable on the server. */
  pending = false;
  /** Why the server closed for good; 0 if it did not. */
  ended = 0;
  writes: boolean;
  /** Whether the server has begun the document anew since: it takes what we have for the former one, and sends nothing to it. */
  former = false;
  /** Is called when something was said about the pad. */
  said = (): void => undefined;
  /** Is called with what the file is called now. */
  named = (_name: string): void => undefined;

  #socket: WebSocket | EventSocket | null = null;
  #opened = 0; // when that was tried
  #mute = 0; // how many were cut before a word was heard
  #durable = 0; // how many messages of this socket are
  #waiting: number[] = []; // of those that are not yet, when they were sent
  #told = false; // whether the server has been answered what we have that it has not
  #heard = 0;
  #asked = 0;
  #failures = 0;
  #timer = 0;

  /** `epoch` is which document we have something of, if we do; `changed` is called after anything above may have changed. */
  constructor(
    readonly url: string,
    readonly doc: Doc,
    readonly awareness: Awareness,
    writes: boolean,
    pending: boolean,
    public epoch: number | null,
    readonly changed: () => void,
    signal: AbortSignal,
  ) {
    this.writes = writes;
    this.pending = pending;
    doc.on("update", this.#update);
    awareness.on("update", this.#moved);
    const beat = window.setInterval(() => this.#beat(), 1000);
    addEventListener("online", () => this.#again(), { signal });
    addEventListener("offline", () => this.#ask(), { signal });
    signal.addEventListener("abort", () => {
      window.clearInterval(beat);
      this.close();
      doc.off("update", this.#update);
      awareness.off("update", this.#moved);
    });
    this.#open();
  }

  /** When the oldest message that is not known to be durable was sent, in ms; 0 if there is none. */
  get since(): number {
    return this.#waiting[0] ?? 0;
  }

  /** Ends it, and says to the others that we leave. */
  close(): void {
    window.clearTimeout(this.#timer);
    if (this.#socket?.readyState === WebSocket.OPEN) removeAwarenessStates(this.awareness, [this.doc.clientID], "leaving");
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #open(): void {
    const url = this.epoch === null ? this.url : `${this.url}?epoch=${this.epoch}`;
    const socket = (this.#socket = this.#mute % TRIES < TRIES - 1 ? webSocket(url) : new EventSocket(url));
    this.#durable = this.#asked = 0;
    this.#waiting = [];
    this.#told = false;
    this.#opened = Date.now();
    let heard = false;
    const ours = (act: (event: never) => void) => (event: unknown) => void (this.#socket === socket && act(event as never));
    socket.onopen = ours(() => this.#greet());
    socket.onmessage = ours(({ data }: { data: ArrayBuffer }) => {
      heard = true;
      this.#hear(new Uint8Array(data));
    });
    socket.onclose = ours(({ code }: { code: number }) => {
      this.#mute += Number(!heard && code === CUT);
      this.#lost(code);
    });
  }

  #greet(): void {
    this.#heard = Date.now();
    this.#send(SYNC, (frame) => writeSyncStep1(frame, this.doc));
    this.awareness.setLocalState(this.awareness.getLocalState()); // newer than what the server may still know of us
  }

  #hear(frame: Uint8Array): void {
    this.#heard = Date.now();
    this.#asked = 0;
    const from = createDecoder(frame);
    const type = readVarUint(from);
    if (type === SYNC) {
      const answer = createEncoder();
      writeVarUint(answer, SYNC);
      const said = readSyncMessage(from, answer, this.doc, this);
      if (length(answer) > 1) this.#post(toUint8Array(answer));
      if (said === messageYjsSyncStep1) this.#told = true;
      else if (said === messageYjsSyncStep2) this.online = this.met = true;
      this.#failures = 0;
    } else if (type === AWARENESS) applyAwarenessUpdate(this.awareness, readVarUint8Array(from), this);
    else if (type === SAVED) this.#kept(readVarUint(from));
    else if (type === ROLE) this.writes = readVarUint(from) === 1;
    else if (type === EPOCH) this.#is(readVarUint(from));
    else if (type === COMMENTS) return this.said();
    else if (type === NAME) return this.named(readVarString(from));
    else return;
    if (this.#told && !this.#waiting.length) this.pending = false;
    this.changed();
  }

  #is(epoch: number): void {
    this.epoch ??= epoch;
    this.former = epoch !== this.epoch;
  }

  #kept(durable: number): void {
    this.#waiting.splice(0, durable - this.#durable);
    this.#durable = durable;
  }

  #lost(code: number): void {
    this.#socket = null;
    this.online = false;
    this.pending ||= this.#waiting.length > 0;
    this.#waiting = [];
    const others = [...this.awareness.getStates().keys()].filter((client) => client !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, this);
    if (FOR_GOOD.has(code)) this.ended = code;
    else this.#timer = window.setTimeout(() => this.#open(), this.#pause());
    this.changed();
  }

  /** How long to wait, not all at once after a server that stopped. */
  #pause(): number {
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
  }

  /** Tries at once, where it waits to. */
  #again(): void {
    if (this.#socket || this.ended) return;
    window.clearTimeout(this.#timer);
    this.#open();
  }

  /** Timers of a page that is not looked at sleep: so what counts is how long a question has waited for an answer. */
  #beat(): void {
    const now = Date.now(), open = this.#socket?.readyState === WebSocket.OPEN;
    const waits = open ? this.#asked : this.#opened;
    if (this.#socket && waits && now - waits > DEAD_MS) {
      const socket = this.#socket;
      this.#mute += Number(!open);
      this.#lost(0);
      socket.close();
    } else if (open && !this.#asked && now - this.#heard > QUIET_MS) this.#ask();
    if (this.since) this.changed(); // it is longer ago
  }

  #ask(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#asked) return;
    this.#asked = Date.now();
    this.#socket.send(new Uint8Array([QUERY_AWARENESS]));
  }

  #update = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    this.pending = true;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send(SYNC, (frame) => writeUpdate(frame, update));
    else this.changed();
  };

  #moved = ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>, origin: unknown): void => {
    if (origin !== this) this.#tell([...added, ...updated, ...removed]);
  };

  #tell(clients: number[]): void {
    const ours = clients.filter((client) => client === this.doc.clientID); // of the others the server tells
    if (!ours.length || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#send(AWARENESS, (frame) => writeVarUint8Array(frame, encodeAwarenessUpdate(this.awareness, ours)));
  }

  #send(type: number, fill: (frame: Encoder) => void): void {
    const frame = createEncoder();
    writeVarUint(frame, type);
    fill(frame);
    this.#post(toUint8Array(frame));
  }

  #post(frame: Uint8Array): void {
    this.#socket!.send(frame as Uint8Array<ArrayBuffer>);
    if (frame[0] !== SYNC || frame[1] === messageYjsSyncStep1) return;
    this.#waiting.push(Date.now());
    this.changed();
  }
}

function webSocket(url: string): WebSocket {
  const of = new URL(url);
  of.protocol = of.protocol.replace("http", "ws");
  const socket = new WebSocket(of);
  socket.binaryType = "arraybuffer";
  return socket;
}
