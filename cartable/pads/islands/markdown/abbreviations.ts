/** Abbreviations, `*[UAI]: unité administrative`, as pads/markdown/abbreviations.py reads them. */
import { type MarkdownIt, type StateBlock, type StateCore, type Token } from "markdown-it";
import { escaped } from "./spelling";

const MOST = 500; // in one text
const DEFINED = /^\*\[([^\]\n]{1,100})\]:[ \t]*(\S.{0,499})$/u;
const WORD = "[\\p{L}\\p{N}_]";

type Known = Map<string, string>;

/** Has them read. */
export function abbreviations(md: MarkdownIt): void {
  md.block.ruler.before("reference", "abbreviation", define, { alt: ["paragraph", "reference"] });
  md.core.ruler.after("inline", "abbreviation", explain);
}

const known = (env: object): Known => ((env as { abbreviations?: Known }).abbreviations ??= new Map());

function define(state: StateBlock, first: number, _last: number, silent: boolean): boolean {
  const found = DEFINED.exec(state.src.slice(state.bMarks[first]! + state.tShift[first]!, state.eMarks[first]));
  const words = known(state.env);
  if (!found || words.size >= MOST) return false;
  if (silent) return true;
  if (!words.has(found[1]!)) words.set(found[1]!, found[2]!.trim());
  state.line = first + 1;
  return true;
}

function explain(state: StateCore): void {
  const words = known(state.env);
  if (!words.size) return;
  const longestFirst = [...words.keys()].sort((one, other) => [...other].length - [...one].length);
  const any = longestFirst.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");
  const pattern = new RegExp(`(?<!${WORD})(${any})(?!${WORD})`, "u");
  for (const block of state.tokens) {
    if (block.type === "inline") block.children = (block.children ?? []).flatMap((one) => parts(state, one, pattern, words));
  }
}

/** The same words as several tokens, where some are known. */
function parts(state: StateCore, token: Token, pattern: RegExp, words: Known): Token[] {
  if (token.type !== "text" || !pattern.test(token.content)) return [token];
  return token.content.split(pattern).flatMap((text, at) => {
    if (!text && at % 2 === 0) return [];
    const part = new state.Token(at % 2 ? "html_inline" : "text", "", 0);
    part.content = at % 2 ? `<abbr title="${escaped(words.get(text)!)}">${escaped(text)}</abbr>` : text;
    part.level = token.level;
    return [part];
  });
}
