/**
 * How a text is read: the same as pads/markdown/syntax.py, by the same plugins in their first language. What a browser shows while
 * somebody types and what the server publishes are one (tests/pads/markdown/test_equal.py).
 */
import markdownIt, { type MarkdownIt, type RendererRule, type StateCore, type Token } from "markdown-it";
import container from "markdown-it-container";
import deflist from "markdown-it-deflist";
import footnote from "markdown-it-footnote";
import sub from "markdown-it-sub";
import sup from "markdown-it-sup";
import { abbreviations } from "./abbreviations";
import { dollars } from "./dollars";
import { fences } from "./fences";
import { inline } from "./inline";
import { number } from "./lines";
import { escaped } from "./spelling";
import { tasks } from "./tasks";

export const PREFIX = "user-content-";
const ADMONITIONS = ["success", "info", "warning", "danger"];
const NESTED = 60; // blocks in one another that are read; deeper ones are text
const SAID = new Set(["text", "code_inline"]);

type Heading = { level: number; text: string; id: string };
type Env = { headings?: Heading[] };

/** What reads a text. With `lines`, each block says on which line of the text it begins. */
export function parser(breaks: boolean, lines: boolean): MarkdownIt {
  const md = markdownIt({ html: true, linkify: true, typographer: true, breaks, maxNesting: NESTED });
  md.linkify.set({ fuzzyLink: true }); // www.example.org
  md.use(footnote).use(deflist).use(tasks).use(sub).use(sup).use(dollars).use(inline).use(abbreviations).use(fences);
  for (const name of ADMONITIONS) md.use(container, name, { render: alert });
  md.use(container, "spoiler", { render: spoiler });
  md.core.ruler.push("headings", nameHeadings);
  md.core.ruler.push("contents", fillContents);
  md.core.ruler.push("boxes", nameBoxes);
  if (lines) md.use(number);
  return md;
}

const alert: RendererRule = (tokens, at) => {
  const token = tokens[at]!;
  return token.nesting === 1 ? `<div class="alert alert-${token.type.split("_")[1]}">\n` : "</div>\n";
};

const spoiler: RendererRule = (tokens, at) => {
  if (tokens[at]!.nesting !== 1) return "</details>\n";
  const title = tokens[at]!.info.trim().replace(/^spoiler/, "").trim();
  return `<details><summary>${escaped(title || "…")}</summary>\n`;
};

/** Gives each heading an id made of its words, unlike any before it. */
function nameHeadings(state: StateCore): void {
  const used = new Map<string, number>(), headings: Heading[] = ((state.env as Env).headings ??= []);
  state.tokens.forEach((opening, at) => {
    if (opening.type !== "heading_open") return;
    const text = words(state.tokens[at + 1]!);
    const slug = text.toLowerCase().replace(/[^\p{L}\p{N}_\s-]/gu, "").trim().split(/\s+/u).join("-") || "section";
    const turn = used.get(slug) ?? 0;
    used.set(slug, turn + 1);
    const id = PREFIX + slug + (turn ? `-${turn}` : "");
    opening.attrSet("id", id);
    headings.push({ level: Number(opening.tag.slice(1)), text, id });
  });
}

const words = (said: Token): string => (said.children ?? []).filter((one) => SAID.has(one.type)).map((one) => one.content).join("");

/** Gives each box of a task the words beside it as its name. */
function nameBoxes(state: StateCore): void {
  for (const said of state.tokens) {
    const box = said.type === "inline" ? said.children?.[0] : undefined;
    if (box?.type !== "html_inline" || !box.content.startsWith('<input class="task-list-item-checkbox"')) continue;
    box.content = `${box.content.slice(0, -1)} aria-label="${escaped(words(said).trim())}">`;
  }
}

/** Puts the table of contents where a paragraph says [TOC]. */
function fillContents(state: StateCore): void {
  const { tokens } = state;
  for (let at = 0; at < tokens.length - 2; at++) {
    if (tokens[at]!.type !== "paragraph_open" || tokens[at + 1]!.content.trim().toLowerCase() !== "[toc]") continue;
    const made = new state.Token("html_block", "", 0), nothing = (): Token => new state.Token("text", "", 0);
    made.content = contents((state.env as Env).headings!);
    tokens.splice(at, 3, made, nothing(), nothing());
  }
}

/** Links to headings, each list within the one of the heading above. */
function contents(headings: Heading[]): string {
  const first = headings.reduce((least, one) => Math.min(least, one.level), headings[0]?.level ?? 1);
  let said = "", depth = 0;
  for (const { level, text, id } of headings) {
    const wanted = Math.min(level - first, depth) + 1; // no level is skipped
    said += wanted > depth ? "<ul>".repeat(wanted - depth) : `</li>${"</ul></li>".repeat(depth - wanted)}`;
    depth = wanted;
    said += `<li><a class="toc-link" href="#${id}">${escaped(text)}</a>`;
  }
  return `<nav class="toc">${said}${"</li></ul>".repeat(depth)}</nav>\n`;
}
