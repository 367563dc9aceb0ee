/** Whether a place of a text is in its words: neither in code, nor in an address, in HTML, in a formula or in what precedes the text. */
import { syntaxTree } from "@codemirror/language";
import { type EditorState } from "@codemirror/state";
import { inFront } from "./front";

/** Where Markdown is not, by the names of `@lezer/markdown` 1. */
const UNREAD = ["FencedCode", "CodeBlock", "InlineCode", "HTMLBlock", "HTMLTag", "CommentBlock", "Comment", "URL"];

const BEGUN = /<[a-z/][^>]*$|\]\([^)]*$|\{[%"=\w][^}]*$|(?:https?:\/\/|www\.|mailto:)\S*$/i; // a tag, a link, what HedgeDoc embeds, an address
const RULED = /^[\s>|:-]*$/; // of a table, the line below its titles

export function inProse(state: EditorState, at: number): boolean {
  const line = state.doc.lineAt(at), before = line.text.slice(0, at - line.from);
  if (BEGUN.test(before) || RULED.test(line.text) || open(before, "`") || open(before, "$")) return false;
  return !inFront(state.doc, line.number) && !within(state, at);
}

/** Whether a mark that comes in pairs is there once too often. */
const open = (text: string, mark: string): boolean => text.split(mark).length % 2 === 0;

function within(state: EditorState, at: number): boolean {
  for (let node: ReturnType<typeof syntaxTree>["topNode"] | null = syntaxTree(state).resolveInner(at, -1); node; node = node.parent) {
    if (UNREAD.includes(node.name)) return true;
  }
  return false;
}
