/** Lists of tasks, `- [ ] à faire`, as `tasklists` of mdit-py-plugins 0.7 reads them. */
import { type MarkdownIt, type StateCore, type Token } from "markdown-it";

const TASK = /^\[([ xX])\][ \t\n\v\f\r]+/;

/** Has them read. */
export function tasks(md: MarkdownIt): void {
  md.core.ruler.after("inline", "github-tasklists", (state) => {
    for (let at = 2; at < state.tokens.length - 1; at++) mark(state, at);
  });
}

function mark(state: StateCore, at: number): void {
  const { tokens } = state, said = tokens[at]!, item = tokens[at - 2]!;
  if (said.type !== "inline" || tokens[at - 1]!.type !== "paragraph_open" || item.type !== "list_item_open") return;
  if (!TASK.test(said.content)) return;
  said.children!.unshift(box(state, said.content));
  const first = said.children![1];
  if (first) first.content = first.content.slice(3);
  said.content = said.content.slice(3);
  item.attrSet("class", "task-list-item");
  list(tokens, at - 2)?.attrSet("class", "contains-task-list");
}

function box(state: StateCore, content: string): Token {
  const made = new state.Token("html_inline", "", 0), [, mark] = TASK.exec(content)!;
  const plain = content[3] === " "; // the model shows no box before another blank
  if (plain) made.content = `<input class="task-list-item-checkbox" ${mark === " " ? "" : 'checked="checked" '}disabled="disabled" type="checkbox">`;
  return made;
}

/** The list that an item is of. */
function list(tokens: Token[], item: number): Token | undefined {
  let at = item - 1;
  while (at >= 0 && tokens[at]!.level !== tokens[item]!.level - 1) at--;
  return tokens[at];
}
