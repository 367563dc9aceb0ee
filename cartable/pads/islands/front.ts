/**
 * The lines that precede a text, between `---` and `---`, are no headings and no rules to the eye. By their fences and their first word:
 * whether they can be read is known to what lays the text out alone (markdown/front.ts).
 */
import { type Extension, RangeSetBuilder, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

const MOST = 100; // lines
const OPENS = /^---\s*$/, CLOSES = /^(?:---|\.\.\.)\s*$/, SAYS = /^[^\s:]+[ \t]*:(?:\s|$)/, SILENT = /^\s*(?:#.*)?$/;

/** Whether a line precedes a text, perhaps of lines that are not yet shut. */
export function inFront(doc: Text, number: number): boolean {
  return number <= MOST && OPENS.test(doc.line(1).text) && closing(doc, number - 1) === 0;
}

/** How many lines precede a text, with their fences. */
export function frontOf(doc: Text): number {
  if (!OPENS.test(doc.line(1).text)) return 0;
  const last = closing(doc, Math.min(doc.lines, MOST));
  for (let one = 2; one < last; one++) {
    const { text } = doc.line(one);
    if (!SILENT.test(text)) return SAYS.test(text) ? last : 0;
  }
  return last;
}

/** The line up to another that shuts what precedes a text; 0: none does. */
function closing(doc: Text, to: number): number {
  for (let one = 2; one <= to; one++) if (CLOSES.test(doc.line(one).text)) return one;
  return 0;
}

const LINE = Decoration.line({ class: "pad-front" });

function marked(doc: Text): DecorationSet {
  const lines = new RangeSetBuilder<Decoration>();
  for (let one = 1, last = frontOf(doc); one <= last; one++) lines.add(doc.line(one).from, doc.line(one).from, LINE);
  return lines.finish();
}

const field = StateField.define<DecorationSet>({
  create: ({ doc }) => marked(doc),
  update: (shown, { docChanged, newDoc }) => (docChanged ? marked(newDoc) : shown),
  provide: (shown) => EditorView.decorations.from(shown),
});

const THEME = EditorView.theme({
  ".cm-line.pad-front, .cm-line.pad-front span:not([class*=pad-])": { fontSize: "inherit", fontWeight: "inherit", color: "var(--soft)" },
});

/** Has an editor show them so. */
export const front: Extension = [field, THEME];
