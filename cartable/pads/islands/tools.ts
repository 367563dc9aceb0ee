/** The tools of the editor by their names, which the toolbar and the keys share. */
import { type EditorState } from "@codemirror/state";
import { type KeyBinding } from "@codemirror/view";
import { gettext } from "../../web/islands/words";
import { BOLD, CODE, type Formatting, ITALIC, type Inline, STRIKE, around, code, heading, inline, items, level, link, quote, rule, surrounded, table } from "./formatting";

/** `key`: as CodeMirror spells it; none of a browser's, and not Ctrl+K, which is the search of the site. `on`: whether it is so there. */
export type Tool = { act: Formatting; key?: string; on?: (state: EditorState) => boolean };

const within = ({ node }: Inline) => (state: EditorState): boolean => around(state, state.selection.main, node) !== null;

const at = (name: string) => (state: EditorState): boolean => within({ node: name, mark: "" })(state);

export const TOOLS: Record<string, Tool> = {
  bold: { act: inline(BOLD), key: "Mod-b", on: within(BOLD) },
  italic: { act: inline(ITALIC), key: "Mod-i", on: within(ITALIC) },
  strike: { act: inline(STRIKE), key: "Mod-Shift-x", on: within(STRIKE) },
  heading: { act: heading, key: "Ctrl-Alt-h", on: (state) => level(state) > 0 },
  quote: { act: quote, on: at("Blockquote") },
  code: { act: code, on: (state) => within(CODE)(state) || at("FencedCode")(state) },
  link: { act: link, key: "Ctrl-Alt-k", on: at("Link") },
  list: { act: items("list"), key: "Mod-Shift-8" },
  numbered: { act: items("numbered"), key: "Mod-Shift-7" },
  tasks: { act: items("tasks"), key: "Mod-Shift-9" },
  table: { act: table },
  rule: { act: rule },
};

/** Blocks that are shown apart; `icon` in the menu of them, `title` where they have one. */
export const CONTAINERS = (): { kind: string; icon: string; label: string; title?: string }[] => [
  { kind: "info", icon: "info", label: gettext("Information") },
  { kind: "success", icon: "check", label: gettext("Réussite") },
  { kind: "warning", icon: "warning", label: gettext("Attention") },
  { kind: "danger", icon: "warning", label: gettext("Danger") },
  { kind: "spoiler", icon: "eye", label: gettext("Texte à déplier"), title: gettext("Titre") },
];

/** Puts lines in a block of its own: a spoiler, a note in a colour. */
export function container(kind: string, title = ""): Formatting {
  return surrounded(`:::${kind}${title && ` ${title}`}`, /^:::\s*\w/, ":::");
}

export function toolKeys(run: (act: Formatting) => boolean): KeyBinding[] {
  return Object.values(TOOLS).flatMap(({ act, key }) => (key ? [{ key, run: () => run(act), preventDefault: true }] : []));
}
