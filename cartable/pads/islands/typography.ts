/**
 * French typography while one types: spaces that do not break before `: ; ? !` and within « »; by choice, « » for `"` and … for three
 * dots. Each is a step of its own: to undo it leaves what was typed. A colon waits for what follows, which may be an emoji or an address.
 */
import { type EditorState, type Extension, type Transaction, type TransactionSpec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { type Formatting } from "./formatting";
import { inProse } from "./prose";

export type Typography = { spaces: boolean; quotes: boolean; dots: boolean };

/** What is sought just before the cursor, and what takes its place; `but`: where it is something else. */
type Rule = { of: keyof Typography; sought: RegExp; by: string; but?: RegExp };

const NBSP = "\u00a0";
const SAID = `(?<=[\\p{L}\\p{N}»”"’%…€]|\\S[)\\]*_])`; // what a sign may follow
const EMOJI = /:[a-z0-9_+-]+: ?$/, DEFINED = /^\s*\*?\[[^\]]*\]: ?$/, ENTITY = /&#?\w+;$/;

const RULES: Rule[] = [
  { of: "spaces", sought: new RegExp(`${SAID} ?(?=[;?!]$)`, "u"), by: NBSP, but: ENTITY },
  { of: "spaces", sought: new RegExp(`${SAID} ?(?=: ?$)`, "u"), by: NBSP, but: new RegExp(`${EMOJI.source}|${DEFINED.source}`) },
  { of: "spaces", sought: /(?<=«)(?: $|(?=[^\s»]$))/u, by: NBSP },
  { of: "spaces", sought: /(?<=[^\s«]) ?(?=»$)/u, by: NBSP },
  { of: "spaces", sought: new RegExp(`${NBSP}(?=!\\[$)`), by: " " }, // a picture
  { of: "quotes", sought: /(?<=^|[\s([«*_>–—-])"$/u, by: `«${NBSP}` },
  { of: "quotes", sought: /"$/, by: `${NBSP}»` },
  { of: "dots", sought: /(?<!\.)\.\.\.$/, by: "…" },
];

/** Helps with what is `wanted` at the moment. */
export function typography(act: (formatting: Formatting) => boolean, wanted: () => Typography): Extension {
  return EditorView.updateListener.of(({ view, state, transactions }) => {
    const at = transactions.length === 1 && !view.composing && state.selection.main.empty ? typed(state, transactions[0]!) : null;
    if (at !== null) act(() => helped(state, at, wanted()));
  });
}

/** Where the words end that were typed just now, or the line that was ended; not what was pasted, nor what a tool did. */
function typed(state: EditorState, transaction: Transaction): number | null {
  if (!transaction.isUserEvent("input")) return null;
  let found: number | null = null;
  transaction.changes.iterChanges((_fromA, _toA, from, to, text) => {
    if (to !== state.selection.main.head) return;
    if (transaction.isUserEvent("input.type")) found = to;
    else if (text.line(1).length === 0 && text.lines > 1) found = from;
  });
  return found;
}

function helped(state: EditorState, at: number, wanted: Typography): TransactionSpec | null {
  const { from, text } = state.doc.lineAt(at), before = text.slice(0, at - from), ended = at !== state.selection.main.head;
  if (before.endsWith(":") !== ended) return null; // a colon waits, and nothing else does
  const rule = RULES.find(({ of, sought, but }) => wanted[of] && sought.test(before) && !but?.test(before));
  if (!rule || !inProse(state, at)) return null;
  const found = rule.sought.exec(before)!, start = from + found.index;
  return { changes: { from: start, to: start + found[0].length, insert: rule.by } };
}
