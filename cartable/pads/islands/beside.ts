/**
 * The preview beside the editor. It is a frame without an origin (decision 22): it is given the text, and is believed nothing but
 * a line. It is loaded when it is first wanted; whatever becomes of it, the editor goes on.
 */
import { type EditorView } from "@codemirror/view";
import { type Text } from "yjs";
import { el } from "../../web/islands/element";
import { gettext } from "../../web/islands/words";
import { scrollTo, seen, tick } from "./lines";
import { type FromFrame, type ToFrame } from "./told";

const PAUSE_MS = 120; // in typing, after which it follows
const SILENT_MS = 10_000; // without an answer it is taken for lost
const LONGEST = 1000, LARGEST = 20 << 20; // of the path of a picture, of its bytes
const SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"; // what opens from it is a page like any other

export class Beside {
  #frame: HTMLIFrameElement | null = null;
  #ready = false;
  #due = 0;
  #waiting = 0; // for an answer
  #stale = false;
  #leads = true; // whether the editor is scrolled by hand, and not after the preview

  /** `key` is called with a key that was struck in it, with Ctrl and Alt. */
  constructor(
    readonly parent: HTMLElement,
    readonly addresses: { address: string; asked: string; hosts: string },
    readonly view: EditorView,
    readonly text: Text,
    readonly key: (code: string) => void,
    signal: AbortSignal,
  ) {
    text.observe(() => this.#changed());
    for (const name of ["wheel", "pointerdown", "touchstart", "keydown"]) {
      view.scrollDOM.addEventListener(name, () => (this.#leads = true), { signal, passive: true });
    }
    view.scrollDOM.addEventListener("scroll", () => this.#leads && this.#follow(), { signal, passive: true });
    addEventListener("message", (event) => event.source === this.#frame?.contentWindow && this.#hear(event.data as FromFrame), { signal });
  }

  /** Shows it, as the text is now. */
  show(): void {
    if (!this.#frame) this.#load();
    else this.#write();
  }

  focus(): void {
    this.#frame?.focus();
  }

  #load(): void {
    this.#ready = false;
    this.#frame = el("iframe", { sandbox: SANDBOX, src: this.addresses.address, title: gettext("Aperçu") });
    this.parent.replaceChildren(this.#frame);
    this.#wait();
  }

  #changed(): void {
    window.clearTimeout(this.#due);
    this.#due = window.setTimeout(() => this.#write(), PAUSE_MS);
  }

  /** Gives it the text; not before it has shown the one before. */
  #write(): void {
    if (!this.#frame || !this.parent.checkVisibility()) return;
    this.#stale = Boolean(this.#waiting);
    if (this.#stale || !this.#ready) return;
    this.#tell({ text: this.text.toString(), writes: !this.view.state.readOnly, beside: this.addresses.asked, hosts: this.addresses.hosts.split(" ") });
    this.#wait();
  }

  #hear(said: FromFrame): void {
    if (typeof said !== "object" || said === null) return;
    if ("ready" in said || "shown" in said) this.#answered("ready" in said);
    else if ("ticked" in said) tick(this.view, said.ticked);
    else if ("wanted" in said) void this.#picture(String(said.wanted));
    else if ("key" in said) this.key(String(said.key));
    else if ("line" in said && said.line >= 0 && said.at >= 0 && said.at <= 1) {
      this.#leads = false;
      scrollTo(this.view, said.line, said.at);
    }
  }

  #answered(ready: boolean): void {
    window.clearTimeout(this.#waiting);
    this.#waiting = 0;
    this.#ready ||= ready;
    if (ready || this.#stale) this.#write();
    else if (this.#leads) this.#follow();
  }

  /** Gives it a picture that stands beside the text: the frame is nobody, this page is who reads. */
  async #picture(path: string): Promise<void> {
    if (path.length > LONGEST) return;
    try {
      const answer = await fetch(this.addresses.asked + "?path=" + encodeURIComponent(path)), blob = await answer.blob();
      if (answer.ok && blob.type.startsWith("image/") && blob.size <= LARGEST) this.#tell({ picture: path, blob });
    } catch {
      // no network: its words stay
    }
  }

  #follow(): void {
    if (this.#ready && this.parent.checkVisibility()) this.#tell({ ...seen(this.view), of: this.view.state.doc.lines });
  }

  #wait(): void {
    window.clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => this.#lost(), SILENT_MS);
  }

  /** It hangs, or never came: it is put away until it is asked for again. */
  #lost(): void {
    const again = el("button", { type: "button", class: "act" }, gettext("Recharger l’aperçu"));
    again.addEventListener("click", () => this.#load());
    this.#waiting = 0;
    this.#frame = null;
    this.parent.replaceChildren(el("p", { role: "status" }, gettext("L’aperçu ne répond pas. Votre texte n’est pas en cause.")), again);
  }

  #tell(said: ToFrame): void {
    this.#frame?.contentWindow?.postMessage(said, "*"); // it has no origin that could be named
  }
}
