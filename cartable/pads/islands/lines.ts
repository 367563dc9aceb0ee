/** The editor by lines of its text: where it is scrolled to, and a box of a list that is ticked. Lines are counted from 0. */
import { type EditorView } from "@codemirror/view";

const TASK = /^(?:[\s>]|[-+*]\s|\d{1,9}[.)]\s)*(?:[-+*]|\d{1,9}[.)])\s+\[([ xX])\]\s/;

/** The line that is seen at a part of the height, `at`: at the top when scrolled to the top, at the foot when scrolled to the end. */
export function seen(view: EditorView): { line: number; at: number } {
  const { scrollDOM, state } = view, room = scrollDOM.scrollHeight - scrollDOM.clientHeight;
  const at = room > 0 ? Math.min(scrollDOM.scrollTop / room, 1) : 0;
  const height = scrollDOM.getBoundingClientRect().top + at * scrollDOM.clientHeight - view.documentTop;
  const block = view.lineBlockAtHeight(height);
  const part = block.height ? Math.min(Math.max((height - block.top) / block.height, 0), 1) : 0;
  return { line: state.doc.lineAt(block.from).number - 1 + part, at };
}

/** Scrolls until a line, or a place between two, is at a part of the height. */
export function scrollTo(view: EditorView, line: number, at: number): void {
  const { scrollDOM, state } = view, whole = Math.min(Math.floor(line), state.doc.lines - 1);
  const block = view.lineBlockAt(state.doc.line(whole + 1).from);
  const height = scrollDOM.getBoundingClientRect().top + at * scrollDOM.clientHeight - view.documentTop;
  scrollDOM.scrollTop += block.top + Math.min(line - whole, 1) * block.height - height;
}

/** Ticks the box of a line, or unticks it. Does nothing where there is none, or where one only reads. */
export function tick(view: EditorView, line: number): void {
  const { state } = view;
  if (state.readOnly || !Number.isInteger(line) || line < 0 || line >= state.doc.lines) return;
  const { from, text } = state.doc.line(line + 1), found = TASK.exec(text);
  if (!found) return;
  const at = from + found[0].lastIndexOf("[") + 1;
  view.dispatch({ changes: { from: at, to: at + 1, insert: found[1] === " " ? "x" : " " }, userEvent: "input" });
}
