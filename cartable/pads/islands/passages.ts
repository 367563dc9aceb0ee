/**
 * Passages of a text that something is said about: named so that they stay true while others type, and shown in the editor.
 * A name is two relative positions of Yjs in base64, `begin.end`, which the server keeps (pads/comments); a document that was begun
 * anew has names of its own, after a space.
 */
import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import { fromBase64, toBase64 } from "lib0/buffer";
import { type Text, createAbsolutePositionFromRelativePosition, createRelativePositionFromTypeIndex, decodeRelativePosition, encodeRelativePosition } from "yjs";

export type Passage = { from: number; to: number };
type Shown = Passage & { thread: number; chosen: boolean };

/** Names a passage. What is typed at its edges does not belong to it. */
export function name(text: Text, { from, to }: Passage): string {
  const at = (index: number, side: number): string => toBase64(encodeRelativePosition(createRelativePositionFromTypeIndex(text, index, side)));
  return `${at(from, 0)}.${at(to, -1)}`;
}

/** Finds a passage: where its name leads, else where its words are, if they are there once; null if it is gone. */
export function find(text: Text, anchor: string, quote: string): Passage | null {
  for (const one of anchor.split(" ")) {
    const [from, to] = one.split(".").map((place) => index(text, place));
    if (from != null && to != null) return from < to ? { from, to } : null; // empty: somebody took its words away
  }
  const whole = text.toString(), at = quote ? whole.indexOf(quote) : -1;
  return at >= 0 && whole.indexOf(quote, at + 1) < 0 ? { from: at, to: at + quote.length } : null;
}

/** Finds words in another document: of the places where they stand, the nearest to where they stood; null if it has none of them. */
export function nearest(text: Text, words: string, stood: number): Passage | null {
  const whole = text.toString(), far = (at: number): number => (at < 0 ? Infinity : Math.abs(at - stood));
  let best = -1;
  for (let at = whole.indexOf(words); at >= 0; at = whole.indexOf(words, at + words.length)) if (far(at) < far(best)) best = at;
  return best < 0 ? null : { from: best, to: best + words.length };
}

function index(text: Text, place: string): number | null {
  try {
    const found = createAbsolutePositionFromRelativePosition(decodeRelativePosition(fromBase64(place)), text.doc!);
    return found?.type === text ? found.index : null;
  } catch {
    return null; // of another browser, or of nobody
  }
}

const show = StateEffect.define<Shown[]>();

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (drawn, { changes, effects }) => {
    const shown = effects.find((one) => one.is(show));
    return shown ? Decoration.set((shown.value as Shown[]).map(mark), true) : drawn.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function mark({ from, to, thread, chosen }: Shown) {
  const attributes = { class: chosen ? "pad-passage chosen" : "pad-passage", "data-thread": String(thread) };
  return Decoration.mark({ attributes }).range(from, to);
}

/** Lets an editor show passages; `chosen` is called with the thread of one that is clicked. */
export function passages(chosen: (thread: number) => void): Extension {
  const click = ({ target }: Event): false => {
    const passage = (target as Element).closest<HTMLElement>("[data-thread]");
    if (passage) chosen(Number(passage.dataset["thread"]));
    return false;
  };
  return [marks, EditorView.domEventHandlers({ click })];
}

/** Shows these passages, and no other. */
export function showPassages(view: EditorView, shown: Shown[]): void {
  view.dispatch({ effects: show.of(shown.filter(({ to }) => to <= view.state.doc.length)) });
}
