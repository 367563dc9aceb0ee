/** Code in its colours: the words of languages that are known, by highlight.js, as elements and never as HTML. */
import { common, createLowlight } from "lowlight";

const LONGEST = 20_000; // characters: what is longer is read as it is

type Node = { type: string; value?: string; children?: Node[]; properties?: { className?: string[] } };

const known = createLowlight(common);

/** Colours a block of code whose class says its language; one that is not known stays as it is. */
export default function show(code: HTMLElement): void {
  const language = /language-(\S+)/.exec(code.className)?.[1]?.toLowerCase() ?? "", source = code.textContent ?? "";
  if (!known.registered(language) || source.length > LONGEST) return;
  code.replaceChildren(...(known.highlight(language, source).children as Node[]).map(drawn));
}

function drawn({ value, children, properties }: Node): globalThis.Node {
  if (value !== undefined) return document.createTextNode(value);
  const span = document.createElement("span");
  span.className = (properties?.className ?? []).filter((one) => one.startsWith("hljs-")).join(" ");
  span.append(...(children ?? []).map(drawn));
  return span;
}
