/** Blocks of a text that are drawn: a picture, and the source beside it for who would rather read. */
import { el } from "../../web/islands/element";
import { fill, gettext } from "../../web/islands/words";
import { DRAWN } from "./drawn";
import { type Said } from "./told";

/** Code whose language is said, and that is not drawn. */
export const CODE = "pre:not(.diagram) > code[class*='language-']";
const LARGEST = 4 << 20; // characters of a picture

/** A block to draw. */
export type Figure = { element: HTMLElement; said: Said };

/** Puts each block that is drawn in a figure of its own, which has its line; returns those. */
export function figures(root: ParentNode, lines?: Map<Element, number>): Figure[] {
  return [...root.querySelectorAll<HTMLElement>("pre.diagram")].flatMap((pre) => {
    const code = pre.querySelector("code"), language = code?.className.replace("language-", "") ?? "";
    if (!code || !DRAWN.includes(language)) return [];
    const element = el("figure", { class: "drawing" });
    pre.replaceWith(element);
    element.append(pre);
    const line = lines?.get(pre);
    if (line !== undefined) lines!.set(element, line);
    lines?.delete(pre);
    return [{ element, said: { source: code.textContent ?? "", language, options: pre.dataset["options"] ?? "" } }];
  });
}

/** Shows what was drawn, and folds the source. */
export function place({ element, said }: Figure, svg: string, width: number, height: number): void {
  const pre = element.querySelector("pre");
  if (svg.length > LARGEST || !pre) return;
  const src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
  const picture = el("img", { src, alt: named(said.language), width: Math.round(width), height: Math.round(height) });
  const source = el("details", {}, el("summary", {}, gettext("Source")), pre);
  element.replaceChildren(picture, source);
}

/** Says that a source cannot be drawn, and why. */
export function refuse({ element }: Figure, why: string): void {
  element.querySelector(".wrong")?.remove();
  element.append(el("p", { class: "wrong" }, fill(gettext("Ne se dessine pas : %(why)s"), { why: why.slice(0, 500) })));
}

function named(language: string): string {
  if (language === "abc") return gettext("Partition, dont la source suit");
  if (language === "markmap") return gettext("Carte mentale, dont la source suit");
  if (language === "fretboard") return gettext("Manche de guitare, dont la source suit");
  if (language === "geo") return gettext("Carte sans fond, dont la source suit");
  return language.startsWith("vega") ? gettext("Graphique, dont la source suit") : gettext("Diagramme, dont la source suit");
}
