/** Formulas, `$a$` and `$$b$$`, as `dollarmath` of mdit-py-plugins 0.7 reads them: their source, in an element that says what it is. */
import { type MarkdownIt, type StateBlock, type StateInline } from "markdown-it";
import { escaped } from "./spelling";

const LABELLED = /\$\$\s*\(([^)$\r\n]+?)\)\s*$/u; // $$a$$ (label)

/** Has them read. */
export function dollars(md: MarkdownIt): void {
  md.inline.ruler.before("escape", "math_inline", within);
  md.block.ruler.before("fence", "math_block", block);
  const { rules } = md.renderer;
  rules["math_inline"] = (tokens, at) => `<span class="math inline">${escaped(tokens[at]!.content.trim())}</span>`;
  rules["math_block"] = (tokens, at) => `<div class="math block">\n${escaped(tokens[at]!.content.trim())}\n</div>\n`;
  rules["math_block_label"] = (tokens, at) => {
    const { content, info } = tokens[at]!, label = escaped(info);
    const link = `<a href="#${label}" class="mathlabel" title="Permalink to this equation">¶</a>`;
    return `<div id="${label}" class="math block">\n${link}\n${escaped(content.trim())}\n</div>\n`;
  };
}

/** Whether a dollar follows an odd number of backslashes. Before the first letter stands the last, as the model has it. */
function escapes(src: string, at: number): boolean {
  let count = 0;
  for (let one = at; one >= 0 && src.at(one - 1) === "\\"; one--) count++;
  return count % 2 === 1;
}

function within(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== "$" || escapes(src, pos)) return false;
  let end = src.indexOf("$", pos + 1);
  while (end !== -1 && escapes(src, end)) end = src.indexOf("$", end + 1);
  if (end <= pos + 1) return false;
  if (!silent) {
    const token = state.push("math_inline", "math", 0);
    token.content = src.slice(pos + 1, end);
    token.markup = "$";
  }
  state.pos = end + 1;
  return true;
}

/** Where a formula ends: the place of its last letter, and its label. */
type End = { line: number; end: number; label: string };

function block(state: StateBlock, first: number, last: number): boolean {
  if (state.sCount[first]! - state.blkIndent >= 4) return false;
  const start = state.bMarks[first]! + state.tShift[first]!;
  if (!state.src.startsWith("$$", start) || start + 2 > state.eMarks[first]!) return false;
  const found = ended(state, first, last);
  if (!found) return false;
  const token = state.push(found.label ? "math_block_label" : "math_block", "math", 0);
  token.block = true;
  token.content = content(state, first, start + 2, found);
  token.markup = "$$";
  token.map = [first, (state.line = found.line + 1)];
  if (found.label) token.info = found.label.replace(/\s+/g, "-");
  return true;
}

function ended(state: StateBlock, first: number, last: number): End | null {
  for (let line = first; line < last; line++) {
    const end = state.eMarks[line]!, text = state.src.slice(state.bMarks[line]! + state.tShift[line]!, end), said = text.trim();
    if (line === first && said.length <= 3) continue;
    if (said.endsWith("$$")) return { line, end: end - 2 - (text.length - said.length), label: "" };
    const labelled = LABELLED.exec(text);
    if (labelled) return { line, end: end - labelled[0].length, label: labelled[1]! };
    if (line === first && text.slice(2).includes("$$")) return null;
  }
  return null;
}

/** What it says, without what stands before each line of it. */
function content({ src, bMarks, eMarks }: StateBlock, first: number, start: number, { line, end }: End): string {
  if (line === first) return src.slice(start, end);
  const parts = [src.slice(start, eMarks[first])];
  for (let one = first + 1; one < line; one++) parts.push(src.slice(bMarks[one], eMarks[one]));
  return [...parts, src.slice(bMarks[line], end)].join("\n");
}
