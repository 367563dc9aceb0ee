/** What HTML of a text may hold: the list of pads/markdown/clean.py, kept by DOMPurify. */
import purify, { type UponSanitizeAttributeHookEvent } from "dompurify";
import { LINE } from "./lines";
import { PREFIX } from "./syntax";

const words = (text: string): string[] => text.split(" ");
const TAGS = words(
  "address article aside blockquote center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li nav ol p " +
    "pre section summary ul a abbr b bdi bdo br cite code data del dfn em i img input ins kbd mark q rp rt ruby s samp small span " +
    "strike strong sub sup time tt u var wbr caption col colgroup table tbody td tfoot th thead tr",
);
const GONE = words("script style title textarea select option noscript template svg math xmp");
const EVERYWHERE = words("title lang dir id");
const ATTRIBUTES: Record<string, string[]> = {
  a: ["href"],
  img: words("src alt width height loading"),
  code: ["class"],
  input: words("checked aria-label"),
  ol: words("start reversed type"),
  li: ["value"],
  td: words("colspan rowspan align"),
  th: words("colspan rowspan align scope"),
  details: ["open"],
  time: ["datetime"],
  pre: words("data-lines data-options"),
};
const CLASSES: Record<string, string[]> = { // those of our own renderer: any other would dress something up as a part of the page
  a: words("footnote-ref footnote-backref toc-link"),
  div: words("alert alert-success alert-info alert-warning alert-danger math"),
  hr: ["footnotes-sep"],
  input: ["task-list-item-checkbox"],
  li: words("task-list-item footnote-item"),
  nav: ["toc"],
  ol: ["footnotes-list"],
  pre: words("diagram numbered wrapped"),
  section: ["footnotes"],
  small: ["credit"],
  span: ["math"],
  sup: ["footnote-ref"],
  ul: ["contains-task-list"],
};
const LANGUAGE = /^language-[\w+#.-]{1,40}$/;
const ADDRESS = /^(?:(?:https?|mailto|tel):|[^a-z]|[a-z+.-]+(?:[^a-z+.:-]|$))/i;

/** Elements that begin a block of the text, and the line they begin on. */
export type Lines = Map<Element, number>;

/** HTML that can do nothing, and the lines of its blocks. */
export function clean(html: string): [DocumentFragment, Lines] {
  const fragment = purify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: [...new Set([...EVERYWHERE, "class", LINE, ...Object.values(ATTRIBUTES).flat()])],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: ADDRESS,
    FORBID_CONTENTS: GONE,
    SANITIZE_DOM: false, // ids have a prefix
    RETURN_DOM_FRAGMENT: true,
  });
  const lines: Lines = new Map();
  for (const one of fragment.querySelectorAll("*")) settle(one, lines);
  return [fragment, lines];
}

function settle(one: Element, lines: Lines): void {
  const line = one.getAttribute(LINE);
  if (line !== null) {
    one.removeAttribute(LINE);
    if (/^\d{1,7}$/.test(line)) lines.set(one, Number(line));
  }
  if (one.localName === "a") one.setAttribute("rel", "noopener noreferrer nofollow");
  if (one.localName === "img") one.setAttribute("loading", "lazy");
  if (one.localName === "input") {
    one.setAttribute("type", "checkbox");
    one.setAttribute("disabled", "");
  }
}

purify.addHook("uponSanitizeAttribute", (element, event) => {
  const tag = element.localName, { attrName: name, attrValue: value } = event;
  if (name === "class") keepClasses(tag, event);
  else if (name === "id") event.attrValue = prefixed(value);
  else if (name === "href" && value.startsWith("#")) event.attrValue = `#${prefixed(value.slice(1))}`;
  else if (name === "src" && /^\s*data:/i.test(value)) event.keepAttr = false;
  else if (name !== LINE && !EVERYWHERE.includes(name) && !ATTRIBUTES[tag]?.includes(name)) event.keepAttr = false;
});

function keepClasses(tag: string, event: UponSanitizeAttributeHookEvent): void {
  const value = event.attrValue;
  const kept = tag === "code" ? (LANGUAGE.test(value) ? [value] : []) : value.split(/\s+/).filter((one) => CLASSES[tag]?.includes(one));
  event.attrValue = kept.join(" ");
  if (!kept.length) event.keepAttr = false;
}

const prefixed = (id: string): string => (id.startsWith(PREFIX) ? id : PREFIX + id);
