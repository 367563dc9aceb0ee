/** Markdown as HTML that can do nothing, as the server renders it (pads/markdown). */
import { type Lines, clean } from "./clean";
import { type Front, split } from "./front";
import { parser } from "./syntax";

export const LARGEST = 1 << 20; // characters that are rendered
const BRACKETS = 20_000; // that may begin a link

/** A text to show: what it says, and where each block of it begins. */
export type Rendered = { fragment: DocumentFragment; lines: Lines; front: Front };

/** Renders a text; null for one that is too long. */
export function render(text: string): Rendered | null {
  if (text.length > LARGEST || text.split("[").length > BRACKETS + 1) return null;
  const [front, body] = split(text);
  const [fragment, lines] = clean(reader(front.breaks).render(body, {}));
  for (const [one, line] of lines) lines.set(one, line + front.lines);
  return { fragment, lines, front };
}

const readers = new Map<boolean, ReturnType<typeof parser>>();

function reader(breaks: boolean): ReturnType<typeof parser> {
  const known = readers.get(breaks) ?? parser(breaks, true);
  readers.set(breaks, known);
  return known;
}
