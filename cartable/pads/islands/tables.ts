/**
 * Tables of Markdown by the keyboard: from cell to cell, a row or a column more or less, columns in line. Only what must change of a
 * table does, cell by cell: what others type in it meanwhile stays where they typed it.
 */
import { syntaxTree } from "@codemirror/language";
import { type ChangeSpec, type EditorState, type Extension, type TransactionSpec } from "@codemirror/state";
import { EditorView, type KeyBinding } from "@codemirror/view";
import { type Formatting } from "./formatting";

const RULE = 1; // of its rows, the one that makes it a table
const NARROWEST = 3; // columns in line: `---`

type SyntaxNode = ReturnType<typeof syntaxTree>["topNode"];

/** What is between two bars; `text` without the spaces around it, which begins at `begin`. */
type Cell = { from: number; to: number; begin: number; text: string };
type Row = { from: number; to: number; cells: Cell[] };

/** A table, and where in it one is. `before` is what begins each line of it, as in a quotation. */
type Table = { rows: Row[]; row: number; column: number; before: string };

/** What the parser knows of the table that is at a place. */
function nodeAt(state: EditorState, at: number): SyntaxNode | null {
  for (const side of [1, -1] as const) {
    for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(at, side); node; node = node.parent) if (node.name === "Table") return node;
  }
  return null;
}

/** The table at a place; null where there is none. */
function tableAt(state: EditorState, at: number): Table | null {
  const node = nodeAt(state, at), { doc } = state;
  if (!node) return null;
  const { number: first } = doc.lineAt(node.from), { number: end } = doc.lineAt(node.to);
  const rows = Array.from({ length: end - first + 1 }, (_, index) => {
    const { from: start, to, text } = doc.line(first + index), from = index ? start + /^[\s>]*/.exec(text)![0].length : node.from;
    return { from, to, cells: cells(state.sliceDoc(from, to), from) };
  });
  const last = (all: { from: number }[]): number => Math.max(all.filter(({ from }) => from <= at).length - 1, 0);
  const row = last(rows), column = last(rows[row]!.cells);
  return { rows, row, column, before: state.sliceDoc(doc.line(first + RULE).from, rows[RULE]!.from) };
}

/** The cells of a line: what its bars part, but those written `\|`. */
function cells(line: string, from: number): Cell[] {
  const bars = [...line.matchAll(/\\.|\|/g)].filter(([bar]) => bar === "|").map(({ index }) => index);
  const start = bars[0] === line.search(/\S/) ? bars.shift()! + 1 : 0;
  const end = line.trimEnd().length - 1 === bars.at(-1) ? bars.pop()! : line.length;
  const starts = [start, ...bars.map((bar) => bar + 1)], ends = [...bars, end];
  return starts.map((one, index) => {
    const said = line.slice(one, ends[index]), text = said.trim();
    const begin = from + one + (text ? said.indexOf(text) : Math.min(1, said.length));
    return { from: from + one, to: from + ends[index]!, begin, text };
  });
}

const here = (state: EditorState): Table | null => tableAt(state, state.selection.main.head);

const chosen = ({ begin, text }: Cell): { anchor: number; head: number } => ({ anchor: begin, head: begin + text.length });

const width = (text: string): number => [...text].length;

const isBar = (state: EditorState, at: number): boolean => state.sliceDoc(at, at + 1) === "|";

const columns = ({ rows }: Table): number => rows[0]!.cells.length;

const empty = (table: Table): string => `|${widths(table).map((one) => ` ${" ".repeat(one)} |`).join("")}`;

/** How wide each column is, at least. */
function widths(table: Table): number[] {
  const widest = (column: number): number => Math.max(...table.rows.map(({ cells }, row) => (row === RULE ? 0 : width(cells[column]?.text ?? ""))));
  return Array.from({ length: columns(table) }, (_, column) => Math.max(NARROWEST, widest(column)));
}

/** Goes to the next cell or the one before, over the rule; after the last there is a row more, before the first one stays. */
export function cell(further: 1 | -1): Formatting {
  return (state) => {
    const table = here(state);
    if (!table) return null;
    const all = table.rows.flatMap(({ cells }, row) => (row === RULE ? [] : cells.slice(0, columns(table)).map((one, column) => ({ one, row, column }))));
    const now = all.filter(({ row, column }) => row < table.row || (row === table.row && column <= table.column)).length - 1;
    const next = all[Math.max(now + further, 0)];
    return next ? { selection: chosen(next.one) } : added(table, table.rows.length);
  };
}

/** An empty row before another one, or at the end; one is then in its first cell. */
function added(table: Table, at: number): TransactionSpec {
  const above = table.rows[at - 1]!, line = `\n${table.before}${empty(table)}`;
  return { changes: { from: above.to, insert: line }, selection: { anchor: above.to + line.length - empty(table).length + 2 } };
}

/** A row more below; where the last one is empty, it goes, and one is out of the table. */
export const enter: Formatting = (state) => {
  const table = here(state);
  if (!table) return null;
  const last = table.rows.length - 1, { from, to, cells } = table.rows[last]!;
  const done = table.row === last && last > RULE && cells.every(({ text }) => !text);
  if (!done) return added(table, Math.max(table.row, RULE) + 1);
  const begin = from - table.before.length; // an empty line ends a table
  return { changes: { from: begin, to, insert: "\n" }, selection: { anchor: begin + 1 } };
};

/** A bar before nothing but empty cells takes their place, and that of a row with nothing in it: one writes the row by hand. */
const bar: Formatting = (state) => {
  const table = here(state), row = table?.rows[table.row], { head } = state.selection.main;
  if (!row || table.row <= RULE) return null;
  const before = state.sliceDoc(row.from, head), after = state.sliceDoc(head, row.to);
  if (before.endsWith("\\") || !/^\s*\|[\s|]*$/.test(after)) return null;
  const from = before.trim() === "|" ? row.from : head;
  return { changes: { from, to: row.to, insert: "|" }, selection: { anchor: from + 1 } };
};

/** A row more, above where one is or below; never above the titles. */
export function moreRows(side: 0 | 1): Formatting {
  return (state) => {
    const table = here(state);
    return table && added(table, Math.max(table.row + side, RULE + 1));
  };
}

/** The row where one is goes; the titles and the rule stay. */
export const lessRows: Formatting = (state) => {
  const table = here(state);
  if (!table || table.row <= RULE) return null;
  const { to } = table.rows[table.row]!, above = table.rows[table.row - 1]!;
  return { changes: { from: above.to, to }, selection: chosen((table.row - 1 === RULE ? table.rows[0]! : above).cells[0]!) };
};

/** A column more, to the left of where one is or to the right. */
export function moreColumns(side: 0 | 1): Formatting {
  return (state) => {
    const table = here(state);
    if (!table) return null;
    const at = table.column + side, said = (row: number): string => (row === RULE ? ` ${"-".repeat(NARROWEST)} ` : " ".repeat(NARROWEST + 2));
    const changes = state.changes(table.rows.map(({ from, cells }, row) => {
      const next = cells[at];
      if (next) return { from: next.from, insert: `${next.from === from ? "|" : ""}${said(row)}|` };
      const { to } = cells.at(-1)!;
      return { from: to, insert: `|${said(row)}${isBar(state, to) ? "" : "|"}` };
    }));
    const first = table.rows[0]!.cells, place = first[at] ? changes.mapPos(first[at].from, -1) : changes.mapPos(first.at(-1)!.to, -1) + 1;
    return { changes, selection: { anchor: place + 1 } };
  };
}

/** The column where one is goes; the only one stays. */
export const lessColumns: Formatting = (state) => {
  const table = here(state);
  if (!table || columns(table) < 2) return null;
  const { column } = table, gone: ChangeSpec[] = [];
  for (const { from, cells } of table.rows) {
    const one = cells[column], next = cells[column + 1], before = cells[column - 1];
    if (cells[0]!.from === from) gone.push({ from, insert: "|" }); // of one column, a table needs it
    if (one) gone.push(next ? { from: one.from, to: next.from } : { from: before!.to, to: one.to });
  }
  const set = state.changes(gone);
  return { changes: set, selection: state.selection.map(set, 1) };
};

/** Has the columns of a table in line, by spaces and dashes alone. */
function aligned(state: EditorState, table: Table): TransactionSpec | null {
  const wide = widths(table);
  const changes = table.rows.flatMap(({ from, cells }, row) => {
    const first = cells[0]!, last = cells.at(-1)!;
    const all = cells.flatMap((one, column) => (row === RULE ? ruled : padded)(state, one, wide[column] ?? NARROWEST));
    return [...(first.from === from ? [{ from, insert: "|" }] : []), ...all, ...(isBar(state, last.to) ? [] : [{ from: last.to, insert: "|" }])];
  });
  return changes.length ? { changes } : null;
}

function padded(state: EditorState, { from, to, begin, text }: Cell, wide: number): ChangeSpec[] {
  const after = " ".repeat(Math.max(wide - width(text), 0) + 1), end = begin + text.length;
  const parts = text ? [{ from, to: begin, insert: " " }, { from: end, to, insert: after }] : [{ from, to, insert: ` ${after}` }];
  return parts.filter((part) => state.sliceDoc(part.from, part.to) !== part.insert);
}

function ruled(state: EditorState, { from, to, text }: Cell, wide: number): ChangeSpec[] {
  const left = text.startsWith(":") ? ":" : "", right = text.endsWith(":") && text.length > 1 ? ":" : "";
  const insert = ` ${left}${"-".repeat(wide - left.length - right.length)}${right} `;
  return insert === state.sliceDoc(from, to) ? [] : [{ from, to, insert }];
}

/** Keys that are others out of a table. */
export function tableKeys(act: (formatting: Formatting) => boolean): KeyBinding[] {
  return [{ key: "Tab", run: () => act(cell(1)), shift: () => act(cell(-1)) }, { key: "Enter", run: () => act(enter) }];
}

/** Lets one write a row by hand where there is an empty one. */
export function byHand(act: (formatting: Formatting) => boolean): Extension {
  return EditorView.inputHandler.of((_view, from, to, text) => text === "|" && from === to && act(bar));
}

/** Puts a table in line once one leaves it, if one wrote in it. */
export function inLine(act: (formatting: Formatting) => boolean): Extension {
  let written: number | null = null; // where it begins
  return EditorView.updateListener.of(({ view, state, changes, transactions, docChanged }) => {
    const there = nodeAt(state, state.selection.main.head);
    if (written !== null) written = changes.mapPos(written);
    if (docChanged && there && transactions.some((one) => one.isUserEvent("input") || one.isUserEvent("delete"))) written = there.from;
    if (written === null || (view.hasFocus && there && there.from === nodeAt(state, written)?.from)) return;
    const table = tableAt(state, written);
    written = null;
    if (table) act((now) => aligned(now, table));
  });
}

/** Whether one is in a table. */
export const inTable = (state: EditorState): boolean => nodeAt(state, state.selection.main.head) !== null;
