/**
 * A socket for whom no WebSocket gets through: events of the server one way, POSTs the other (config/eventstream.py). What is
 * sent while a POST is on its way goes with the next, so that the order stays. One that fails ends it: `Link` comes back.
 */
const PATIENCE_MS = 15_000; // for each POST
const LOST = 1006;

export class EventSocket {
  readyState: number = WebSocket.CONNECTING;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  readonly #source: EventSource;
  readonly #over = new AbortController();
  #key = "";
  #frames: Uint8Array[] = [];
  #posting = false;

  constructor(readonly url: string) {
    this.#source = new EventSource(url);
    this.#source.addEventListener("key", (event) => this.#open((event as MessageEvent<string>).data));
    this.#source.addEventListener("message", (event) => this.onmessage?.({ data: decoded(event.data as string) }));
    this.#source.addEventListener("close", (event) => this.#end(Number((event as MessageEvent<string>).data)));
    this.#source.addEventListener("error", () => this.#end(LOST)); // it would come back by itself, to another conversation
  }

  send(frame: Uint8Array): void {
    this.#frames.push(frame);
    void this.#post();
  }

  /** Ends it. What has not left yet does not. */
  close(): void {
    this.#end(LOST);
  }

  #open(key: string): void {
    this.#key = key;
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }

  #end(code: number): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.#source.close();
    this.#over.abort();
    this.onclose?.({ code });
  }

  async #post(): Promise<void> {
    if (this.#posting) return;
    this.#posting = true;
    while (this.#frames.length && this.readyState === WebSocket.OPEN)
      if (!(await this.#say(this.#frames.splice(0)))) this.#end(LOST);
    this.#posting = false;
  }

  /** Sends frames, and returns whether they were taken. */
  async #say(frames: Uint8Array[]): Promise<boolean> {
    const signal = AbortSignal.any([this.#over.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const headers = { "Socket-Key": this.#key, "Content-Type": "application/octet-stream" };
    try {
      return (await fetch(this.url, { method: "POST", headers, body: joined(frames), signal })).ok;
    } catch {
      return false;
    }
  }
}

/** Frames, each after its length. */
function joined(frames: Uint8Array[]): Blob {
  const lengths = frames.map((frame) => {
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, frame.length);
    return length;
  });
  return new Blob(frames.flatMap((frame, at) => [lengths[at]!, frame as Uint8Array<ArrayBuffer>]));
}

function decoded(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}
