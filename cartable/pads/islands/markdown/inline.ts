/** Marks within a line, as pads/markdown/inline.py reads them. */
import { type Delimiter, type MarkdownIt, type StateInline } from "markdown-it";
import emoji from "../../markdown/emoji.json";
import { escaped } from "./spelling";

const DOUBLED: Record<string, string> = { "+": "ins", "=": "mark" };
const SHOWN: Record<string, string> = { // of {%name id %}: where it is
  youtube: "https://www.youtube.com/watch?v={}",
  vimeo: "https://vimeo.com/{}",
  gist: "https://gist.github.com/{}",
  slideshare: "https://www.slideshare.net/{}",
  speakerdeck: "https://speakerdeck.com/{}",
  pdf: "{}",
};
const EMOJI: Record<string, string> = emoji;
const NAME = /:([a-z0-9_+-]{1,50}):/y;
const RUBY = /\{([^{}|\n]{1,200})\|([^{}|\n]{1,200})\}/uy;
const CREDIT = /\[(name|time)=([^\]\n]{1,200})\]/uy;
const COLOUR = /\[color=[^\]\n]{1,50}\]/uy;
const NAMED = /\{%\s*([\p{L}\p{N}_]{1,20})\s+([^\s%]{1,500})\s*%\}/uy;
const SIZED = /!\[([^[\]\n]{0,500})\]\(\s*(\S{1,2000}?)(?:\s+"([^"\n]{0,500})")?\s+=(\d{0,4})x(\d{0,4})\s*\)/uy;

type Say = (found: RegExpExecArray) => string;

/** Has them read. */
export function inline(md: MarkdownIt): void {
  md.inline.ruler.before("emphasis", "doubled", scan);
  md.inline.ruler2.before("emphasis", "doubled", pair);
  md.inline.ruler.before("link", "emoji", named);
  const rules: [string, RegExp, Say][] = [
    ["sized", SIZED, sized],
    ["shown", NAMED, shown],
    ["ruby", RUBY, (found) => `<ruby>${escaped(found[1]!)}<rt>${escaped(found[2]!)}</rt></ruby>`],
    ["credit", CREDIT, (found) => `<small class="credit">${escaped(found[2]!)}</small>`],
    ["colour", COLOUR, () => ""],
  ];
  for (const [name, pattern, say] of rules) md.inline.ruler.before("link", name, rule(pattern, say));
}

/** A rule that reads a pattern, and says it as HTML. */
function rule(pattern: RegExp, say: Say) {
  return (state: StateInline, silent: boolean): boolean => {
    pattern.lastIndex = state.pos;
    const found = pattern.exec(state.src);
    if (!found || pattern.lastIndex > state.posMax) return false;
    if (!silent) state.push("html_inline", "", 0).content = say(found);
    state.pos += found[0].length;
    return true;
  };
}

/** Reads the name of an emoji between colons: a letter of the text. */
function named(state: StateInline, silent: boolean): boolean {
  NAME.lastIndex = state.pos;
  const [all = "", name = ""] = NAME.exec(state.src) ?? [];
  if (!Object.hasOwn(EMOJI, name) || state.pos + all.length > state.posMax) return false;
  if (!silent) state.push("text", "", 0).content = EMOJI[name]!;
  state.pos += all.length;
  return true;
}

function sized(found: RegExpExecArray): string {
  const [, alt, address, title, width, height] = found;
  const sizes = (width ? ` width="${width}"` : "") + (height ? ` height="${height}"` : "");
  return `<img src="${escaped(address!)}" alt="${escaped(alt!)}"${title ? ` title="${escaped(title)}"` : ""}${sizes}>`;
}

/** A link: what is elsewhere is fetched by who asks for it, not by who reads. */
function shown(found: RegExpExecArray): string {
  const name = found[1]!.toLowerCase();
  const address = Object.hasOwn(SHOWN, name) ? SHOWN[name]!.replace("{}", () => found[2]!) : "";
  return address ? `<a href="${escaped(address)}">${escaped(address)}</a>` : escaped(found[0]);
}

/** Notes a run of ++ or ==, as markdown-it does of ~~. */
function scan(state: StateInline, silent: boolean): boolean {
  const mark = state.src[state.pos]!;
  if (silent || !(mark in DOUBLED)) return false;
  const run = state.scanDelims(state.pos, true);
  if (run.length < 2) return false;
  if (run.length % 2) state.push("text", "", 0).content = mark;
  for (let count = Math.floor(run.length / 2); count; count--) {
    state.push("text", "", 0).content = mark + mark;
    const marker = mark.charCodeAt(0), token = state.tokens.length - 1;
    state.delimiters.push({ marker, length: 0, token, end: -1, open: run.can_open, close: run.can_close });
  }
  state.pos += run.length;
  return true;
}

/** Makes elements of the pairs found, in this text and in what is within its links. */
function pair(state: StateInline): boolean {
  for (const delimiters of [state.delimiters, ...state.tokens_meta.map((one) => one?.delimiters ?? [])]) {
    for (const opening of delimiters) {
      const tag = DOUBLED[String.fromCharCode(opening.marker)];
      if (!tag || opening.end === -1) continue;
      mark(state, opening, tag, 1);
      mark(state, delimiters[opening.end]!, tag, -1);
    }
  }
  return false;
}

function mark(state: StateInline, one: Delimiter, tag: string, nesting: 1 | -1): void {
  const token = state.tokens[one.token]!;
  Object.assign(token, { type: `${tag}_${nesting > 0 ? "open" : "close"}`, tag, nesting, content: "" });
}
