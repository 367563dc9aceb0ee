/** On which line of the text each block begins: an attribute, which is taken off again before anybody sees it (`clean`). */
import { type MarkdownIt, type StateCore } from "markdown-it";

export const LINE = "data-line";
const BY_RULE = /^(fence|math_block.*|container_\w+_open)$/; // what is not spelled by its attributes

/** Has them say it. */
export function number(md: MarkdownIt): void {
  const { rules } = md.renderer;
  for (const [name, rule] of Object.entries(rules)) {
    if (!BY_RULE.test(name)) continue;
    rules[name] = (tokens, at, ...rest) => {
      const line = tokens[at]!.map?.[0];
      return line === undefined ? rule(tokens, at, ...rest) : rule(tokens, at, ...rest).replace(/^<\w+/, `$& ${LINE}="${line}"`);
    };
  }
  md.core.ruler.push("lines", (state: StateCore) => {
    for (const token of state.tokens) if (token.map && token.nesting >= 0 && token.block) token.attrSet(LINE, token.map[0]);
  });
}
