/**
 * Sending one file over the Nextcloud upload protocol (chunking v2): a small one by PUT, a large one by MKCOL, PUT…, MOVE.
 * The server verifies and publishes at the end; until then nothing exists for others. Any piece can fail and be sent
 * again; after a reload the same file (name, length, date, destination) finds its pieces by PROPFIND and goes on.
 */
import { Conflict, Refused, type Reply, ask } from "./wire";

const PIECE = 8 * 2 ** 20; // bytes; at least 5 MiB, so that a piece can be one of S3
const ASKED_FIRST = 2 ** 20; // bytes: above, a taken name is known before anything is sent
const LANES = 3;
const DAV = "/remote.php/dav";

type There = { size: number; mtime: number }; // bytes; seconds
export type Place = { sub: string; path: string }; // the person's opaque id; a path of theirs, with a slash before each name

export const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
export const address = ({ sub, path }: Place): string => `${DAV}/files/${sub}${encoded(path)}`;

/** Makes a folder. It is fine if it is there. */
export async function makeFolder(place: Place, signal: AbortSignal): Promise<void> {
  await ask("MKCOL", address(place), signal);
}

export class Upload {
  sent = 0;
  private readonly done = new Map<number, number>();
  private readonly moving = new Map<number, number>();

  constructor(
    private readonly file: File,
    private readonly place: Place,
    private readonly signal: AbortSignal,
    private readonly report: () => void,
  ) {}

  /** Sends the file, and returns the id of the document. Throws Conflict if the name is taken and `replace` is false. */
  async run(replace: boolean): Promise<number> {
    const target = address(this.place);
    if (!replace && this.file.size > ASKED_FIRST && (await this.taken(target))) throw new Conflict();
    const reply = this.file.size <= PIECE ? await this.whole(target, replace) : await this.pieces(target, replace);
    this.sent = this.file.size;
    this.report();
    return parseInt(reply.header("OC-FileId") ?? "", 10) || 0;
  }

  private async taken(target: string): Promise<boolean> {
    return (await ask("HEAD", target, this.signal)).status < 300;
  }

  private whole(target: string, replace: boolean): Promise<Reply> {
    const sent = (bytes: number): void => this.count(1, bytes);
    return this.last(ask("PUT", target, this.signal, { headers: { ...this.dated(), ...only(replace) }, body: this.file, sent }));
  }

  private async pieces(target: string, replace: boolean): Promise<Reply> {
    const url = `${DAV}/uploads/${this.place.sub}/${this.transfer()}`;
    const Destination = location.origin + target;
    const length = { "OC-Total-Length": String(this.file.size) };
    if (!(await this.reopen(url))) await ask("MKCOL", url, this.signal, { headers: { Destination, ...length } });
    const count = Math.ceil(this.file.size / PIECE);
    const left = Array.from({ length: count }, (_, at) => at + 1).filter((piece) => !this.done.has(piece));
    const lane = async (): Promise<void> => {
      for (let piece = left.shift(); piece; piece = left.shift()) await this.piece(url, piece, Destination, length);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const headers = { Destination, ...length, ...this.dated(), ...only(replace) };
    return this.last(ask("MOVE", `${url}/.file`, this.signal, { headers }));
  }

  /** The answer to the request that publishes the file. If one was lost, what is refused now may be done: we look. */
  private async last(asked: Promise<Reply>): Promise<Reply> {
    try {
      return await asked;
    } catch (problem) {
      if (!((problem instanceof Conflict || problem instanceof Refused) && problem.lost)) throw problem;
      const reply = await ask("HEAD", address(this.place), this.signal);
      if (!this.is(found(reply))) throw problem;
      return reply;
    }
  }

  private is(there: There | null): boolean {
    return there?.size === this.file.size && there.mtime === Math.floor(this.file.lastModified / 1000);
  }

  private async piece(url: string, piece: number, Destination: string, length: Record<string, string>): Promise<void> {
    const body = this.slice(piece);
    const sent = (bytes: number): void => this.count(piece, bytes);
    await ask("PUT", `${url}/${String(piece).padStart(5, "0")}`, this.signal, { headers: { Destination, ...length }, body, sent });
    this.moving.delete(piece);
    this.done.set(piece, body.size);
    this.count(piece, 0);
  }

  /** What has the name already: its size in bytes and its date, in seconds; null if the server does not say. */
  async there(): Promise<There | null> {
    return found(await ask("HEAD", address(this.place), this.signal));
  }

  /** Takes note of the pieces that an interrupted upload left on the server. */
  private async reopen(url: string): Promise<boolean> {
    const { status, xml } = await ask("PROPFIND", url, this.signal, { headers: { Depth: "1" } });
    if (status !== 207 || !xml) return false;
    for (const one of xml.getElementsByTagNameNS("DAV:", "response")) {
      const text = (name: string): string => one.getElementsByTagNameNS("DAV:", name)[0]?.textContent ?? "";
      const name = text("href").split("/").pop() ?? "";
      const length = Number(text("getcontentlength"));
      if (/^\d+$/.test(name) && length === this.slice(Number(name)).size) this.done.set(Number(name), length);
    }
    this.count(0, 0);
    return true;
  }

  private count(piece: number, bytes: number): void {
    if (bytes) this.moving.set(piece, Math.min(bytes, PIECE));
    const sum = (lengths: Iterable<number>): number => [...lengths].reduce((all, one) => all + one, 0);
    this.sent = Math.min(this.file.size, sum(this.done.values()) + sum(this.moving.values()));
    this.report();
  }

  private dated(): Record<string, string> {
    return { "X-OC-Mtime": String(Math.floor(this.file.lastModified / 1000)) };
  }

  private slice(piece: number): Blob {
    return this.file.slice((piece - 1) * PIECE, piece * PIECE);
  }

  /** The same file to the same place always gets the same name: that is what lets an upload go on. */
  private transfer(): string {
    return `web-${digest([this.place.path, this.file.size, this.file.lastModified].join("\n"))}`;
  }
}

function found(reply: Reply): There | null {
  const [size, date] = [reply.header("Content-Length"), Date.parse(reply.header("Last-Modified") ?? "")];
  return reply.status < 300 && size && date ? { size: Number(size), mtime: date / 1000 } : null;
}

const only = (replace: boolean): Record<string, string> => (replace ? {} : { "If-None-Match": "*" });

/** A hash that needs no secure context, which `crypto.subtle` does; it tells files apart, and protects nothing. FNV-1a, twice. */
function digest(text: string): string {
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (const byte of new TextEncoder().encode(text)) {
    a = Math.imul(a ^ byte, 0x01000193) >>> 0;
    b = Math.imul(b ^ byte ^ (a & 0xff), 0x85ebca6b) >>> 0;
  }
  return [a, b, text.length].map((part) => part.toString(16).padStart(8, "0")).join("");
}
