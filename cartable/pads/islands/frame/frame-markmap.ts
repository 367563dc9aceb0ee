/** Mind maps, as markmap draws them: each idea on a line of its own, in the colour of its branch, right of the one it is below. */
import { type HierarchyPointNode, hierarchy, tree } from "d3-hierarchy";
import { fill, gettext } from "../../../web/islands/words";
import { escaped } from "../markdown/spelling";
import { type Draw } from "./drawing";
import { wide } from "./letters";
import { type Line, type Topic, topics } from "./topics";

/** A topic, and the room it takes, in pixels. */
type Box = { said: Line[]; width: number; height: number; below: Box[] };

const MOST = 1000; // topics
const WIDEST = 320, LETTERS = 15, LINE = 20, DOWN = 4, ABOVE = 4; // of words, in pixels; what parts letters from the line below them
const ACROSS = 64, BETWEEN = 10, AROUND = 12; // from one column to the next, from one topic to the next, from all to the edge
const TRUNK = "#555", COLOURS = ["#1f6fb2", "#b5460f", "#2c7a2c", "#a8324a", "#6b4fa0", "#7a5a1e", "#0f7480"];

const draw: Draw = (source, _language, { read }) => {
  const text = read(source);
  if (!text) throw new Error(gettext("ce texte est trop long"));
  const all = hierarchy<Topic>(topics(text.fragment), ({ below }) => below);
  if (all.descendants().length > MOST) throw new Error(fill(gettext("plus de %(most)s idées"), { most: MOST }));
  if (!all.children && !all.data.said.length) throw new Error(gettext("ni titre, ni liste"));
  const apart = (a: Place, b: Place): number => (a.data.height + b.data.height) / 2 + BETWEEN;
  return drawn(tree<Box>().nodeSize([1, 1]).separation(apart)(hierarchy(box(all.data), ({ below }) => below)));
};
export default draw;

type Place = HierarchyPointNode<Box>;

/** Where the line below a topic is. */
type Spot = { left: number; right: number; foot: number; colour: string };

function box({ said, below }: Topic): Box {
  const lines = said.flatMap(wrapped), width = Math.max(0, ...lines.map((line) => line.reduce((sum, words) => sum + wide(words.text, LETTERS, words.look), 0)));
  return { said: lines, width: Math.ceil(width), height: lines.length * LINE + ABOVE, below: below.map(box) };
}

/** A line as the lines that have room for it. */
function wrapped(line: Line): Line[] {
  const found: Line[] = [[]];
  let width = 0;
  for (const { text, look } of line) {
    for (const word of text.match(/\s*\S{1,40}|\s+/g) ?? []) {
      width += wide(word, LETTERS, look);
      const fits = width <= WIDEST || !found.at(-1)!.length;
      if (!fits) found.push([]), (width = wide(word, LETTERS, look));
      add(found.at(-1)!, fits ? word : word.trimStart(), look);
    }
  }
  return found;
}

function add(line: Line, word: string, look: string): void {
  const last = line.at(-1);
  if (last?.look === look) last.text += word;
  else line.push({ text: word, look });
}

/** What was laid out, as SVG: a column for each depth, as wide as what is widest in it. */
function drawn(root: Place): string {
  const widths: number[] = [], starts = [AROUND], spots = new Map<Place, Spot>();
  root.each(({ depth, data }) => (widths[depth] = Math.max(widths[depth] ?? 0, data.width)));
  widths.forEach((width, depth) => starts.push(starts[depth]! + width + ACROSS));
  root.eachBefore((one) => {
    const { x, depth, data, parent, children } = one, left = starts[depth]!;
    const colour = !parent ? TRUNK : depth > 1 ? spots.get(parent)!.colour : COLOURS[parent.children!.indexOf(one) % COLOURS.length]!;
    spots.set(one, { left, right: left + (children ? widths[depth]! : data.width), foot: x + data.height / 2, colour });
  });
  const parts = root.descendants().map((one) => branch(spots.get(one)!, spots.get(one.parent ?? one)!) + words(one, spots.get(one)!));
  const all = [...spots], top = Math.min(...all.map(([{ data }, { foot }]) => foot - data.height)) - AROUND;
  const bottom = Math.max(...all.map(([, { foot }]) => foot)) + AROUND, right = Math.max(...all.map(([, one]) => one.right)) + AROUND;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${top} ${right} ${bottom - top}" font-family="sans-serif" font-size="${LETTERS}" fill="#222">${parts.join("")}</svg>`;
}

/** The line below a topic, which begins where that of the one above it ends. */
function branch({ left, right, foot, colour }: Spot, from: Spot): string {
  const half = left - ACROSS / 2, way = from.left < left ? `M${from.right} ${from.foot}C${half} ${from.foot} ${half} ${foot} ${left} ${foot}` : `M${left} ${foot}`;
  return `<path d="${way}H${right}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

function words({ data, children }: Place, { left, right, foot, colour }: Spot): string {
  const knot = children ? `<circle cx="${right}" cy="${foot}" r="4" fill="#fff" stroke="${colour}" stroke-width="2"/>` : "";
  const line = (said: Line, at: number): string =>
    `<text x="${left}" y="${foot - data.height + (at + 1) * LINE - DOWN}" xml:space="preserve">${said.map(({ text, look }) => `<tspan${look}>${escaped(text)}</tspan>`).join("")}</text>`;
  return knot + data.said.map(line).join("");
}
