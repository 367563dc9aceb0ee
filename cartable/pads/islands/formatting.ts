/**
 * What is done to a text in Markdown by a button or a key: each takes what is selected, and takes back what it did when it is asked
 * again. A command gives the transaction, and nothing where there is nothing to do.
 */
import { syntaxTree } from "@codemirror/language";
import { type ChangeSpec, EditorSelection, type EditorState, type Line, type SelectionRange, type TransactionSpec } from "@codemirror/state";
import { gettext } from "../../web/islands/words";

type SyntaxNode = ReturnType<typeof syntaxTree>["topNode"];
export type Formatting = (state: EditorState) => TransactionSpec | null;

/** What is around words: its name in the tree of `@lezer/markdown` 1, and its mark. */
export type Inline = { node: string; mark: string };

export const BOLD: Inline = { node: "StrongEmphasis", mark: "**" };
export const ITALIC: Inline = { node: "Emphasis", mark: "*" };
export const STRIKE: Inline = { node: "Strikethrough", mark: "~~" };
export const CODE: Inline = { node: "InlineCode", mark: "`" };

const BEFORE = /^\s*(?:>\s?)*(?:(?:[-+*]|\d{1,9}[.)])\s+)?(?:\[[ xX]\]\s+)?(?:#{1,6}\s+)?/; // of a line, what makes its kind
const ITEM = /^(\s*(?:>\s?)*)((?:[-+*]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?)?/;
const HEADING = /^(\s*(?:>\s?)*)(#{1,6}\s+)?/;
const DEEPEST = 3; // heading that the button makes
const ADDRESS = /^(?:https?:\/\/|mailto:)\S+$/;

/** What of a kind a selection is inside of, in the text as it is parsed. */
export function around(state: EditorState, { from, to, empty }: SelectionRange, name: string): SyntaxNode | null {
  for (const side of [1, -1] as const) {
    for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(from, side); node; node = node.parent) {
      const inside = empty ? node.from < from && from <= node.to : node.from <= from && to <= node.to;
      if (node.name === name && inside) return node;
    }
  }
  return null;
}

/** Puts a mark around what is selected, or the word there; takes it away where it is. At its end a cursor goes out of it first. */
export function inline(kind: Inline): Formatting {
  return (state) => {
    const on = state.selection.ranges.every((range) => around(state, range, kind.node) || hollow(state, range, kind));
    return state.changeByRange((range) => {
      const there = on ? around(state, range, kind.node) : null;
      if (there && range.empty && range.head === there.lastChild!.from) return { range: EditorSelection.cursor(there.to) };
      const set = state.changes(on ? without(state, range, kind) : marked(state, range, kind));
      const between = !on && range.empty && !state.wordAt(range.head);
      return { changes: set, range: between ? EditorSelection.cursor(range.head + kind.mark.length) : range.map(set, 1) };
    });
  };
}

/** Whether a cursor is between two marks with nothing in them, which is nothing yet to who parses it. */
function hollow(state: EditorState, { from, empty }: SelectionRange, { mark }: Inline): boolean {
  const { text, from: start } = state.doc.lineAt(from), at = from - start, same = (char: string): boolean => char === mark[0];
  const run = (chars: string[]): number => (chars.findIndex((char) => !same(char)) + 1 || chars.length + 1) - 1;
  const count = Math.min(run([...text.slice(0, at)].reverse()), run([...text.slice(at)]));
  return empty && (count & mark.length) !== 0;
}

function without(state: EditorState, range: SelectionRange, kind: Inline): ChangeSpec[] {
  const there = around(state, range, kind.node), { length } = kind.mark;
  if (!there) return [{ from: range.from - length, to: range.to + length }];
  return [there.firstChild!, there.lastChild!].map(({ from, to }) => ({ from, to }));
}

function marked(state: EditorState, range: SelectionRange, { mark }: Inline): ChangeSpec[] {
  const words = (range.empty && state.wordAt(range.head)) || range;
  return pieces(state, words).flatMap(({ from, to }) => [{ from, insert: mark }, { from: to, insert: mark }]);
}

/** The words of a selection, line by line: marks do not go over what makes a line a list, nor over spaces. */
function pieces(state: EditorState, { from, to, empty }: SelectionRange): { from: number; to: number }[] {
  if (empty) return [{ from, to }];
  const found = [];
  for (const line of lines(state, from, to)) {
    const begin = Math.max(from, line.from + BEFORE.exec(line.text)![0].length), end = Math.min(to, line.to);
    const text = state.sliceDoc(begin, end);
    if (begin < end && text.trim()) found.push({ from: end - text.trimStart().length, to: begin + text.trimEnd().length });
  }
  return found;
}

/** Code: of a few words a mark around them, of several lines a block. */
export const code: Formatting = (state) => {
  const { from, to } = state.selection.main;
  return lines(state, from, to).length > 1 ? surrounded("```", /^```/, "```")(state) : inline(CODE)(state);
};

function lines(state: EditorState, from: number, to: number): Line[] {
  const first = state.doc.lineAt(from).number, last = state.doc.lineAt(to).number;
  return Array.from({ length: last - first + 1 }, (_, index) => state.doc.line(first + index));
}

/** The lines that are selected: all, or those with words where there are several. */
function chosen(state: EditorState): Line[] {
  const all = [...new Map(state.selection.ranges.flatMap(({ from, to }) => lines(state, from, to)).map((line) => [line.number, line])).values()];
  const full = all.filter((line) => line.text.trim());
  return full.length ? full : all.slice(0, 1);
}

function changed(state: EditorState, changes: ChangeSpec[]): TransactionSpec {
  const set = state.changes(changes);
  return { changes: set, selection: state.selection.map(set, 1) };
}

export type Items = "list" | "numbered" | "tasks";

const ITEMS: Record<Items, { is: RegExp; make: (index: number) => string }> = {
  list: { is: /^[-+*]\s+(?!\[[ xX]\]\s)/, make: () => "- " },
  numbered: { is: /^\d/, make: (index) => `${index + 1}. ` },
  tasks: { is: /^[-+*]\s+\[[ xX]\]\s/, make: () => "- [ ] " },
};

/** Makes a list of the lines, another of it, or lines again. */
export function items(kind: Items): Formatting {
  return (state) => {
    const { is, make } = ITEMS[kind];
    const found = chosen(state).map((line) => ({ from: line.from, parts: ITEM.exec(line.text)! }));
    const all = found.every(({ parts }) => is.test(parts[2] ?? ""));
    return changed(state, found.map(({ from: start, parts: [, before = "", item = ""] }, index) => {
      const from = start + before.length;
      return { from, to: from + item.length, insert: all ? "" : make(index) };
    }));
  };
}

export const quote: Formatting = (state) => {
  const { from, to } = state.selection.main;
  const found = lines(state, from, to);
  const all = found.every(({ text }) => text.startsWith(">"));
  return changed(state, found.map((line) => all ? { from: line.from, to: line.from + /^> ?/.exec(line.text)![0].length } : { from: line.from, insert: "> " }));
};

/** The level of the heading that a line is; 0 if it is none. */
export function level(state: EditorState): number {
  return HEADING.exec(state.doc.lineAt(state.selection.main.head).text)![2]?.trim().length ?? 0;
}

/** A heading of the first level, of the next, of none. */
export const heading: Formatting = (state) => {
  const found = chosen(state).map((line) => ({ from: line.from, parts: HEADING.exec(line.text)! }));
  const now = found[0]!.parts[2]?.trim().length ?? 0, marks = now < DEEPEST ? `${"#".repeat(now + 1)} ` : "";
  return changed(state, found.map(({ from: start, parts: [, before = "", marked = ""] }) => {
    const from = start + before.length;
    return { from, to: from + marked.length, insert: marks };
  }));
};

/** A link: of an address its words are to be written, of words their address. One that is there is taken away. */
export const link: Formatting = (state) => {
  const { main } = state.selection, there = around(state, main, "Link");
  if (there) {
    const [open, close] = there.getChildren("LinkMark");
    return changed(state, [{ from: open!.from, to: open!.to }, { from: close!.from, to: there.to }]);
  }
  const { from, to } = (main.empty && state.wordAt(main.head)) || main, words = state.sliceDoc(from, to);
  const address = ADDRESS.test(words) ? words : "https://", text = address === words ? "" : words;
  const begin = from + (text ? text.length + 3 : 1), end = text ? begin + address.length : begin;
  return { changes: { from, to, insert: `[${text}](${address})` }, selection: { anchor: begin, head: end } };
};

/** Puts the lines between two others, or takes those away. `begins` tells such a first line. */
export function surrounded(first: string, begins: RegExp, last: string): Formatting {
  return (state) => {
    const all = lines(state, state.selection.main.from, state.selection.main.to), { doc } = state;
    const top = all[0]!, bottom = all.at(-1)!;
    const above = top.number > 1 ? doc.line(top.number - 1) : null, below = bottom.number < doc.lines ? doc.line(bottom.number + 1) : null;
    if (above && below && begins.test(above.text) && below.text.trim() === last) {
      return changed(state, [{ from: above.from, to: top.from }, { from: bottom.to, to: below.to }]);
    }
    const changes = state.changes([{ from: top.from, insert: `${gap(above)}${first}\n` }, { from: bottom.to, insert: `\n${last}${gap(below)}` }]);
    return { changes, selection: state.selection.map(changes.desc, 1) };
  };
}

/** What keeps a block apart from a line beside it. */
const gap = (line: Line | null): string => (line?.text.trim() ? "\n" : "");

/** Puts a block below the lines that are selected. Of it, `from` to `to` is then selected. */
function put(state: EditorState, block: string, from: number, to: number): TransactionSpec {
  const line = state.doc.lineAt(state.selection.main.to), { doc } = state;
  const empty = !line.text.trim();
  const above = empty ? (line.number > 1 ? doc.line(line.number - 1) : null) : line, below = line.number < doc.lines ? doc.line(line.number + 1) : null;
  const before = `${empty ? "" : "\n"}${gap(above)}`, at = (empty ? line.from : line.to) + before.length;
  const insert = `${before}${block}${gap(below)}`;
  return { changes: { from: empty ? line.from : line.to, to: line.to, insert }, selection: { anchor: at + from, head: at + to } };
}

export const table: Formatting = (state) => {
  const title = (count: number): string => `${gettext("Colonne")} ${count}`, [one, two] = [title(1), title(2)];
  const row = (left: string, right: string): string => `| ${left.padEnd(one.length)} | ${right.padEnd(two.length)} |`;
  const block = [row(one, two), `| ${"-".repeat(one.length)} | ${"-".repeat(two.length)} |`, row("", ""), row("", "")].join("\n");
  return put(state, block, 2, 2 + one.length);
};

export const rule: Formatting = (state) => put(state, "---\n", 4, 4);
