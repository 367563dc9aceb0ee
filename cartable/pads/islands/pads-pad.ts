/**
 * <pads-pad data-node data-write data-person data-nonce data-named data-wrote [data-comment] [data-manage]>
 *   … <span class="said" role="status"> <button data-copy hidden> <div class="modes"> <ul class="present"> <div class="tools">…
 *   <button data-talk hidden> <div class="desk"><pre>…</pre><div class="beside" data-address>… <aside class="talk" data-address>
 * </pads-pad>
 * Makes an editor of a Markdown file that several people write at once. What is not on the server is kept on this device.
 * Where the server has begun the document anew (decision 28), what was typed is brought to the former one, and then all of this begins
 * anew, in an element as it came: `data-at` says where the cursor was, `data-leave` that what the device keeps cannot be brought now. What
 * one is about to say beside the text is given to it too; what could be undone is not.
 */
import { type EditorView } from "@codemirror/view";
import { Awareness } from "y-protocols/awareness";
import { Doc, type Text } from "yjs";
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { Island, must } from "../../web/islands/element";
import { say } from "../../web/islands/voice";
import { fill, gettext } from "../../web/islands/words";
import { type Authors } from "./authors";
import { Beside } from "./beside";
import { choices } from "./choices";
import { type Comments, type Half } from "./comments";
import { completing } from "./completing";
import { Editor } from "./editor";
import { Following } from "./following";
import { Kept, unplaced } from "./kept";
import { ENDED, Link } from "./link";
import { Modes } from "./modes";
import { Pictures } from "./pictures";
import { Present } from "./present";
import { Said } from "./said";
import { Toolbar } from "./toolbar";

const FORGOTTEN_MS = 1000; // after all is on the server

class Pad extends Island {
  #link: Link | null = null;
  #editor: Editor | null = null;
  #present!: Present;
  #forgetting = 0;
  #signal!: AbortSignal;
  #fresh!: Pad; // as it came
  #comments: Comments | null = null;
  #half: Half | null = null; // what was about to be said of a former document

  async connect(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#fresh = this.cloneNode(true) as Pad;
    const { node, person, write } = this.dataset as Record<"node" | "person" | "write", string>;
    must(this, ".still").remove();
    const doc = new Doc(), awareness = new Awareness(doc);
    const said = new Said(this, () => doc.getText("text").toString() || unplaced(doc), () => this.#taken(kept));
    const changed = (): void => this.#link ? this.#show(this.#link, kept, said) : undefined;
    const kept = new Kept(node, changed);
    await kept.open(person, doc, (origin) => origin !== this.#link, !("leave" in this.dataset));
    if (signal.aborted) return;
    this.#present = new Present(must(this, ".present"), awareness, person);
    const link = (this.#link = new Link(socket(node), doc, awareness, write === "1", kept.found, kept.epoch, changed, signal));
    link.named = entitle;
    changed();
    addEventListener("beforeunload", (event) => void (link.pending && event.preventDefault()), { signal });
    addEventListener("pagehide", () => this.#leave(link, kept), { signal });
    addEventListener("pageshow", (event) => void (event.persisted && location.reload()), { signal });
  }

  #show(link: Link, kept: Kept, said: Said): void {
    kept.epoch = link.epoch;
    const another = link.former || link.ended === ENDED.forgotten;
    if (another && (!link.pending || (!link.writes && kept.safe))) return this.#anew(link, kept);
    if (link.met && !this.#editor) this.#editor = this.#edit(link);
    if (this.#editor) this.#editor.writes = link.writes && !link.ended;
    said.show(link, kept);
    if (!link.pending) this.#forgetting ||= window.setTimeout(() => this.#forget(link, kept), FORGOTTEN_MS);
  }

  /** Begins anew, where the cursor was. What was typed is on the server; or cannot be brought now, and stays on the device. */
  #anew(link: Link, kept: Kept): void {
    const view = this.#editor?.view;
    this.#link = null;
    if (link.pending) this.#fresh.dataset["leave"] = "";
    else kept.forget();
    if (view?.hasFocus) this.#fresh.dataset["at"] = String(view.state.selection.main.head);
    this.#fresh.#half = this.#comments?.half ?? this.#half;
    this.replaceWith(this.#fresh);
    view?.destroy();
  }

  /** Puts the editor where the text was shown. */
  #edit(link: Link): Editor {
    const { doc, awareness, writes } = link;
    const editor = new Editor(must(this, ".desk"), doc.getText("text"), awareness, this.dataset["nonce"]!, writes);
    must(this, ".desk > pre").remove();
    must<HTMLElement>(this, ".keys").hidden = false;
    this.#besides(editor.view, doc.getText("text"));
    this.#tools(editor, link);
    if (!this.#guest) void this.#talk(link, editor.view);
    this.#present.offer(new Following(editor.view, doc.getText("text"), awareness, () => this.#present.show(), this.#signal));
    this.dataset["ready"] = "";
    this.#return(editor.view);
    return editor;
  }

  /** Goes back to where one was. */
  #return(view: EditorView): void {
    const at = this.dataset["at"];
    if (at === undefined) return;
    view.dispatch({ selection: { anchor: Math.min(Number(at), view.state.doc.length) }, scrollIntoView: true });
    view.focus();
  }

  /** Has the text laid out beside the editor, or instead of it. */
  #besides(view: EditorView, text: Text): void {
    const place = must<HTMLElement>(this, ".beside");
    place.parentElement!.append(place); // after the editor, for the eye and for Tab
    const beside = new Beside(place, place.dataset as { address: string; asked: string; hosts: string }, view, text, (key) => void modes.press(key), this.#signal);
    const modes = new Modes(this, (mode, byKey) => {
      if (mode !== "edit") beside.show();
      if (byKey && mode === "view") beside.focus();
      else if (byKey) view.focus();
    }, this.#signal);
  }

  /** What one writes with, beside the keys. */
  #tools(editor: Editor, link: Link): void {
    const bar = must<HTMLElement>(this, ".tools");
    let authors: Promise<Authors> | null = null;
    choices(must(this, ".choices"), this.dataset["person"]!, (now) => {
      Object.assign(this.dataset, { size: now.size, width: now.width });
      void editor.choose(now);
      if (now.authors && !this.#guest) authors ??= this.#authors(editor.view, link);
      void authors?.then((one) => one.show(now.authors));
    });
    completing(editor, this.dataset["named"]);
    new Toolbar(bar, editor, new Pictures(editor.view, bar.dataset["upload"]!, this.#signal));
  }

  async #authors(view: EditorView, { doc, awareness }: Link): Promise<Authors> {
    const { Authors } = await import("./authors");
    return new Authors(view, doc.getText("text"), awareness, this.dataset["wrote"]!, must(this, ".over"));
  }

  /** What is said about it: loaded by itself, so that one may write before it is there. */
  async #talk(link: Link, view: EditorView): Promise<void> {
    const { Comments } = await import("./comments");
    const may = { comment: "comment" in this.dataset, manage: "manage" in this.dataset, write: () => link.writes && !link.ended };
    const comments = (this.#comments = new Comments(this, view, link.doc.getText("text"), may, this.#signal, this.#half));
    link.said = () => void comments.ask();
  }

  /** Whether nobody knows who this is: who finds no people and no documents, and says nothing beside the text. */
  get #guest(): boolean {
    return !this.dataset["named"];
  }

  /** Once one has one's words with one, nobody need keep those that can be brought no more. */
  #taken(kept: Kept): void {
    if (this.#link?.ended !== ENDED.forgotten) return;
    this.#link.pending = false;
    kept.forget();
  }

  /** Nothing stays on a device that may be another's tomorrow, but what the server does not have. */
  #forget(link: Link, kept: Kept): void {
    this.#forgetting = 0;
    if (!link.pending) kept.forget();
  }

  #leave(link: Link, kept: Kept): void {
    this.#forget(link, kept);
    link.close();
  }
}

/** Has the page bear the name that the file has now, and says so if it is another. */
function entitle(name: string): void {
  const heading = must<HTMLElement>(document, "h1"), before = heading.textContent ?? "";
  if (name === before) return;
  heading.textContent = name;
  document.title = document.title.replace(before, () => name);
  say(fill(gettext("Ce document s’appelle maintenant « %(name)s »."), { name }));
}

/** The address of the socket of a pad. */
function socket(node: string): string {
  return new URL(`/pads/${node}/sync`, location.href).href;
}

customElements.define("pads-pad", Pad);
