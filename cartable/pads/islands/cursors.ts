/**
 * Where the others are in the text, and where we are, by awareness. In place of y-codemirror.next's, which writes `style`
 * attributes: these have classes, and one custom property set by script, which a strict policy allows.
 */
import { Annotation, type Extension, type Range } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, WidgetType } from "@codemirror/view";
import { type Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { el } from "../../web/islands/element";

type Place = { anchor: unknown; head: unknown };

/** What a client says of itself: the server vouches for `user`, and nobody for `cursor`. */
export type State = { user?: { name: string; color: string; person: string }; cursor?: Place | null };

const moved = Annotation.define<true>();

class Caret extends WidgetType {
  constructor(
    readonly name: string,
    readonly color: string,
  ) {
    super();
  }

  override eq(other: Caret): boolean {
    return other.name === this.name && other.color === this.color;
  }

  toDOM(): HTMLElement {
    const caret = el("span", { class: "pad-caret", "aria-hidden": "true", "data-name": this.name }); // no text of the line
    caret.style.setProperty("--who", this.color);
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

class Cursors {
  decorations: DecorationSet;
  private readonly redraw: (change: Record<"added" | "updated" | "removed", number[]>) => void;

  constructor(
    view: EditorView,
    private readonly text: Y.Text,
    private readonly awareness: Awareness,
  ) {
    this.redraw = ({ added, updated, removed }) => {
      const others = [...added, ...updated, ...removed].some((client) => client !== awareness.clientID);
      if (others) queueMicrotask(() => view.dispatch({ annotations: moved.of(true) })); // never within an update
    };
    awareness.on("change", this.redraw);
    this.decorations = this.drawn(view.state.doc.length); // of who was there before
  }

  destroy(): void {
    this.awareness.off("change", this.redraw);
  }

  update(update: ViewUpdate): void {
    if (update.selectionSet || update.docChanged || update.focusChanged) this.tell(update.view);
    const told = update.transactions.some((one) => one.annotation(moved));
    if (told || update.docChanged) this.decorations = this.drawn(update.state.doc.length);
  }

  /** Says where we are, in places that stay true while others type. */
  private tell(view: EditorView): void {
    const { anchor, head } = view.state.selection.main;
    const at = (index: number): unknown => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.text, index));
    const now = view.hasFocus ? { anchor: at(anchor), head: at(head) } : null;
    const before = (this.awareness.getLocalState() as State | null)?.cursor ?? null;
    if (JSON.stringify(now) !== JSON.stringify(before)) this.awareness.setLocalStateField("cursor", now);
  }

  private drawn(length: number): DecorationSet {
    const drawn: Range<Decoration>[] = [];
    for (const [client, state] of this.awareness.getStates()) {
      const { cursor, user } = state as State;
      if (client === this.awareness.clientID || !user) continue;
      const anchor = indexOf(cursor?.anchor, this.text), head = indexOf(cursor?.head, this.text);
      if (anchor === null || head === null || Math.max(anchor, head) > length) continue;
      const selected = Decoration.mark({ class: "pad-selected", attributes: { style: `--who: ${user.color}` } });
      if (anchor !== head) drawn.push(selected.range(Math.min(anchor, head), Math.max(anchor, head)));
      drawn.push(Decoration.widget({ side: head > anchor ? -1 : 1, widget: new Caret(user.name, user.color) }).range(head));
    }
    return Decoration.set(drawn, true);
  }
}

/** Where in a text a place is that was told, by whoever; null if it is nowhere in it. */
export function indexOf(place: unknown, text: Y.Text): number | null {
  const { item, tname } = Object(place) as Record<"item" | "tname", unknown>;
  if (item == null ? tname !== Y.findRootTypeKey(text) : !isId(item)) return null; // Yjs would throw, or begin another text
  const found = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(place), text.doc!);
  return found?.type === text ? found.index : null;
}

/** Whether something names a letter, perhaps one that is not there. */
function isId(told: unknown): boolean {
  const { client, clock } = Object(told) as Record<"client" | "clock", unknown>;
  return Number.isSafeInteger(client) && Number.isSafeInteger(clock) && (clock as number) >= 0;
}

/** Shows the others' cursors, and tells ours. */
export function cursors(text: Y.Text, awareness: Awareness): Extension {
  return ViewPlugin.define((view) => new Cursors(view, text, awareness), { decorations: (plugin) => plugin.decorations });
}
