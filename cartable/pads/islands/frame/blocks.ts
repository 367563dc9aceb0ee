/** The blocks of a text laid out: what has not changed stays as it is, with what was drawn in it, what was opened and what was loaded. */
import { type Lines } from "../markdown/clean";

/** `key` tells one from another; `marks` are the elements in it whose lines are known. */
type Block = { key: string; node: ChildNode; marks: Element[]; lines: number[] };

/** A place of the page, and the line of the text that is there. */
type Place = { line: number; top: number };

export class Blocks {
  #shown: Block[] = [];

  constructor(readonly root: HTMLElement) {}

  /** Shows a text; returns the elements that are new. */
  show(fragment: DocumentFragment, lines: Lines): Element[] {
    const next = [...fragment.childNodes].map((node) => block(node, lines)), shown = this.#shown;
    const most = Math.min(next.length, shown.length);
    let head = 0, tail = 0;
    while (head < most && shown[head]!.key === next[head]!.key) shown[head]!.lines = next[head++]!.lines;
    while (tail < most - head && shown.at(-1 - tail)!.key === next.at(-1 - tail)!.key) shown.at(-1 - tail)!.lines = next.at(-1 - tail++)!.lines;
    const come = next.slice(head, next.length - tail), after = shown[shown.length - tail]?.node ?? null;
    const gone = shown.splice(head, shown.length - tail - head, ...come);
    if (gone.length === come.length) gone.forEach((one, at) => succeed(one.node, come[at]!.node));
    for (const one of gone) one.node.remove();
    for (const one of come) this.root.insertBefore(one.node, after);
    return come.map((one) => one.node).filter((one) => one instanceof Element);
  }

  /** The line of the text on which what holds an element begins. */
  lineOf(element: Element): number | undefined {
    for (const { marks, lines } of this.#shown) {
      const at = marks.indexOf(element);
      if (at !== -1) return lines[at];
    }
    return undefined;
  }

  /** Which line of a text of `of` lines is at a height of the page. */
  lineAt(height: number, of: number): number {
    const [above, below] = this.#around(of, (place) => place.top <= height);
    const part = below.top > above.top ? (height - above.top) / (below.top - above.top) : 0;
    return above.line + part * (below.line - above.line);
  }

  /** At which height of the page a line of a text of `of` lines is. */
  heightOf(line: number, of: number): number {
    const [above, below] = this.#around(of, (place) => place.line <= line);
    const part = below.line > above.line ? (line - above.line) / (below.line - above.line) : 0;
    return above.top + part * (below.top - above.top);
  }

  /** The last place for which something holds, and the one after. Notes at the end are of lines before: they are no place. */
  #around(of: number, holds: (place: Place) => boolean): [Place, Place] {
    let above: Place = { line: 0, top: 0 };
    for (const { marks, lines } of this.#shown) {
      for (const [at, mark] of marks.entries()) {
        if (lines[at]! < above.line) continue;
        const place = { line: lines[at]!, top: mark.getBoundingClientRect().top + scrollY };
        if (!holds(place)) return [above, place];
        above = place;
      }
    }
    return [above, { line: of, top: document.documentElement.scrollHeight }];
  }
}

/** Lets what was drawn stand until the change of it is. */
function succeed(old: ChildNode, made: ChildNode): void {
  if (!(old instanceof Element && made instanceof Element && old.matches(".drawing") && made.matches(".drawing"))) return;
  const picture = old.querySelector(":scope > img");
  if (picture) made.prepend(picture);
}

function block(node: ChildNode, lines: Lines): Block {
  if (!(node instanceof Element)) return { key: node.nodeValue ?? "", node, marks: [], lines: [] };
  const marks = [node, ...node.querySelectorAll("*")].filter((one) => lines.has(one));
  return { key: node.outerHTML, node, marks, lines: marks.map((one) => lines.get(one)!) };
}
