/** Formulas of TeX, as MathML: neither styles nor fonts of its own. */
import katex from "katex";

/** Shows the formula that an element holds the source of; leaves it where it is wrong, and says why. */
export default function show(element: HTMLElement): void {
  const texts = [...element.childNodes].filter((one) => one instanceof Text); // beside the link of a label
  const source = texts.map((one) => one.data).join("").trim(), place = document.createElement("span");
  try {
    katex.render(source, place, { output: "mathml", displayMode: element.localName === "div", throwOnError: true, strict: "ignore", maxSize: 50 });
  } catch (error) {
    element.title = String(error instanceof Error ? error.message : error);
    return;
  }
  for (const one of texts) one.remove();
  element.append(...place.childNodes);
  element.classList.add("shown");
}
