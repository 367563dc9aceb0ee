/** Draws what a block of a text says, by the library of its language, loaded when the first such block is there. */
import { render } from "../markdown";
import { type Said } from "../told";

/** What else a drawing may ask: what the block says between braces, and what reads Markdown. */
type Beside = { options: string; read: typeof render };

/** What a module `frame-….ts` does by default: returns a drawing as SVG, or throws what is wrong with the source. */
export type Draw = (source: string, language: string, beside: Beside) => Promise<string> | string;

/** SVG that stands alone, and how large it is, in pixels. */
export type Drawing = { svg: string; width: number; height: number };

const LIBRARIES: Record<string, string> = {
  mermaid: "mermaid",
  sequence: "mermaid",
  flow: "flow",
  graphviz: "graphviz",
  abc: "abc",
  markmap: "markmap",
  fretboard: "fretboard",
  geo: "geo",
  vega: "vega",
  "vega-lite": "vega",
};
const KEPT = 100; // drawings, while a text is written
const PT = 4 / 3; // pixels
const UNSPELLED = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu; // no letter of XML 1.0

const drawn = new Map<string, Promise<Drawing>>();
let turn: Promise<unknown> = Promise.resolve(); // libraries draw one thing at a time

/** Draws a block, or returns what was drawn of it before. `addresses` tells where each library is. */
export function draw(said: Said, addresses: DOMStringMap): Promise<Drawing> {
  const key = `${said.language} ${said.options}\n${said.source}`;
  const made = drawn.get(key) ?? (turn = turn.catch(() => {}).then(() => make(said, addresses))) as Promise<Drawing>;
  drawn.delete(key);
  drawn.set(key, made); // the latest last
  if (drawn.size > KEPT) drawn.delete(drawn.keys().next().value!);
  return made;
}

async function make({ source, language, options }: Said, addresses: DOMStringMap): Promise<Drawing> {
  const address = Object.hasOwn(LIBRARIES, language) ? addresses[LIBRARIES[language]!] : undefined;
  if (!address) throw new Error(language);
  const { default: library } = (await import(address)) as { default: Draw };
  return alone(await library(source, language, { options, read: render }));
}

/** SVG as it stands alone in a picture: with its size, and spelled as XML. */
function alone(said: string): Drawing {
  const holder = document.createElement("template");
  holder.innerHTML = said;
  const svg = holder.content.querySelector("svg");
  if (!svg) throw new Error("no svg");
  const [, , wide = 0, high = 0] = (svg.getAttribute("viewBox") ?? "").trim().split(/[\s,]+/).map(Number);
  const scale = svg.getAttribute("width")?.endsWith("pt") ? PT : 1;
  const size = (given: number, name: string): number => Math.ceil(given * scale || parseFloat(svg.getAttribute(name) ?? "") || 300);
  const width = size(wide, "width"), height = size(high, "height");
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  svg.style.removeProperty("max-width");
  return { svg: new XMLSerializer().serializeToString(svg).replace(UNSPELLED, ""), width, height };
}

/** Has a library draw into an element that is measured and not seen; returns the SVG it made there. */
export function inside(act: (place: HTMLElement) => void): string {
  const place = document.createElement("div");
  place.className = "measured";
  document.body.append(place);
  try {
    act(place);
    return place.querySelector("svg")?.outerHTML ?? "";
  } finally {
    place.remove();
  }
}
