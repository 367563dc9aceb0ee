/** Going along with somebody: the text is shown where their cursor is, until one types, scrolls or presses Escape. */
import { EditorView } from "@codemirror/view";
import { type Awareness } from "y-protocols/awareness";
import { type Text } from "yjs";
import { say, toast } from "../../web/islands/voice";
import { fill, gettext } from "../../web/islands/words";
import { type State, indexOf } from "./cursors";

const OURS = ["wheel", "touchmove", "pointerdown", "keydown"]; // by which one goes one's own way

export class Following {
  /** Who is followed; empty for nobody. */
  person = "";
  #name = "";

  /** `changed` is called when who is followed may be another. */
  constructor(
    private readonly view: EditorView,
    private readonly text: Text,
    private readonly awareness: Awareness,
    private readonly changed: () => void,
    signal: AbortSignal,
  ) {
    awareness.on("change", () => this.#go());
    for (const name of OURS) view.scrollDOM.addEventListener(name, () => this.stop(), { signal, passive: true });
    addEventListener("keydown", ({ key }) => void (key === "Escape" && this.stop()), { signal });
  }

  /** Follows somebody; nobody if it is them already. */
  toggle(person: string, name: string): void {
    if (person === this.person) return this.stop();
    if (!this.view.dom.checkVisibility()) return toast(gettext("Affichez le texte pour suivre quelqu’un."));
    this.person = person;
    this.#name = name;
    say(fill(gettext("Vous suivez %(name)s. Échap pour arrêter."), { name }));
    this.changed();
    this.#go();
  }

  stop(): void {
    if (!this.person) return;
    this.person = "";
    say(fill(gettext("Vous ne suivez plus %(name)s."), { name: this.#name }));
    this.changed();
  }

  /** Goes where they are; while they are nowhere in the text, it stays. Who left is followed no more. */
  #go(): void {
    if (!this.person) return;
    const theirs = ([...this.awareness.getStates().values()] as State[]).filter(({ user }) => user?.person === this.person);
    if (!theirs.length) return this.stop();
    const at = theirs.map(({ cursor }) => indexOf(cursor?.head, this.text)).find((one) => one !== null);
    if (at === undefined || at > this.view.state.doc.length) return;
    queueMicrotask(() => this.view.dispatch({ effects: EditorView.scrollIntoView(at, { y: "center" }) })); // never within an update
  }
}
