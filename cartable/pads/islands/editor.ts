/** The editor of a pad: CodeMirror 6 bound to a text of Yjs, in the colours of the theme. */
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { markdown, markdownLanguage } from "@codemirror/lang-markdown";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, drawSelection, highlightSpecialChars, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import { type Awareness } from "y-protocols/awareness";
import { type Text, UndoManager } from "yjs";
import { toast } from "../../web/islands/voice";
import { gettext } from "../../web/islands/words";
import { type Choices } from "./choices";
import { cursors } from "./cursors";
import { type Formatting } from "./formatting";
import { front } from "./front";
import { byHand, inLine, tableKeys } from "./tables";
import { toolKeys } from "./tools";
import { type Typography, typography } from "./typography";

const HEADING = { fontWeight: "700", color: "var(--mark)" };
const LOOKS = HighlightStyle.define([
  { tag: tags.heading, ...HEADING },
  { tag: tags.heading1, ...HEADING, fontSize: "1.35em" },
  { tag: tags.heading2, ...HEADING, fontSize: "1.2em" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: "var(--focus)" },
  { tag: tags.monospace, fontFamily: "ui-monospace, 'Liberation Mono', monospace", color: "var(--image)" },
  { tag: [tags.quote, tags.processingInstruction, tags.comment, tags.meta], color: "var(--soft)" },
  { tag: [tags.keyword, tags.tagName], color: "var(--video)" },
  { tag: [tags.string, tags.attributeValue], color: "var(--sheet)" },
]);

const THEME = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.6" },
  ".cm-content": { padding: "1.25rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1.25rem" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--tint-strong)" },
  ".cm-selectionMatch": { backgroundColor: "var(--warn-tint)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-tint)", outline: "1px solid var(--warn)" },
  ".cm-panels": { backgroundColor: "var(--shade)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-textfield, .cm-button": { font: "inherit", color: "var(--ink)", background: "var(--paper)", border: "1px solid var(--edge)", borderRadius: "6px" },
});

/** The words of CodeMirror, by what it calls them (`@codemirror/search` 6.7, `view` 6.43, `autocomplete` 6.20). */
function phrases(): Record<string, string> {
  return {
    Find: gettext("Chercher"),
    Replace: gettext("Remplacer par"),
    next: gettext("suivant"),
    previous: gettext("précédent"),
    all: gettext("tous"),
    "match case": gettext("respecter la casse"),
    regexp: gettext("expression régulière"),
    "by word": gettext("mots entiers"),
    replace: gettext("remplacer"),
    "replace all": gettext("tout remplacer"),
    close: gettext("Fermer"),
    "current match": gettext("ce qui est trouvé"),
    "on line": gettext("à la ligne"),
    "replaced match on line $": gettext("remplacé à la ligne $"),
    "replaced $ matches": gettext("$ remplacements"),
    "Go to line": gettext("Aller à la ligne"),
    go: gettext("aller"),
    Completions: gettext("Propositions"),
    "Control character": gettext("Caractère de commande"),
  };
}

export class Editor {
  readonly view: EditorView;
  readonly #role = new Compartment();
  readonly #keys = new Compartment();
  readonly #undo: UndoManager;
  #writes: boolean;
  #spelling = true;
  #typography: Typography = { spaces: false, quotes: false, dots: false };

  /** Puts an editor in `parent`. `nonce` is that of the page's policy, for the styles that CodeMirror makes. */
  constructor(parent: HTMLElement, text: Text, awareness: Awareness, nonce: string, writes: boolean) {
    this.#writes = writes;
    this.#undo = new UndoManager(text);
    const act = (formatting: Formatting): boolean => this.act(formatting);
    const extensions: Extension[] = [
      EditorView.cspNonce.of(nonce),
      EditorState.phrases.of(phrases()),
      this.#keys.of([]), // before all others
      keymap.of([...toolKeys(act), ...tableKeys(act), ...yUndoManagerKeymap, ...searchKeymap, ...defaultKeymap, indentWithTab]),
      yCollab(text, null, { undoManager: this.#undo }),
      byHand(act),
      inLine(act),
      typography(act, () => this.#typography),
      cursors(text, awareness),
      markdown({ base: markdownLanguage }),
      syntaxHighlighting(LOOKS),
      front,
      search({ top: true }),
      highlightSelectionMatches(),
      highlightSpecialChars(),
      drawSelection(),
      EditorView.lineWrapping,
      THEME,
      this.#role.of(role(writes, this.#spelling)),
    ];
    this.view = new EditorView({ parent, state: EditorState.create({ doc: text.toString(), extensions }) });
  }

  /** Does something to the text in one step, which is undone as one. Tells whether there was something to do. */
  act(formatting: Formatting): boolean {
    const { state } = this.view, change = state.readOnly ? null : formatting(state);
    if (!change) return false;
    this.#undo.stopCapturing();
    this.view.dispatch(state.update(change, { userEvent: change.changes ? "input" : "select", scrollIntoView: true }));
    this.#undo.stopCapturing();
    return true;
  }

  /** Lets the person write, or read only. */
  set writes(writes: boolean) {
    if (writes === this.#writes) return;
    this.#writes = writes;
    this.#play();
  }

  /** Has it as somebody likes to write. */
  async choose({ keys, spelling, spaces, quotes, dots }: Choices): Promise<void> {
    this.#typography = { spaces, quotes, dots };
    this.#spelling = spelling;
    this.#play();
    const chosen = keys === "vim" ? await import("./vim").then((vim) => vim.keys(() => this.#undo.stopCapturing())).catch(() => null) : [];
    if (chosen) this.view.dispatch({ effects: this.#keys.reconfigure(chosen) });
    else toast(gettext("Les touches de Vim n’ont pas pu être chargées. Rechargez la page."));
  }

  #play(): void {
    this.view.dispatch({ effects: this.#role.reconfigure(role(this.#writes, this.#spelling)) });
  }
}

function role(writes: boolean, spelling: boolean): Extension {
  const attributes: Record<string, string> = {
    "aria-label": gettext("Texte du pad, en Markdown"),
    "aria-describedby": "pad-keys",
    spellcheck: String(writes && spelling),
    autocorrect: "on",
    autocapitalize: "sentences",
    lang: "fr", // what people write here, whatever language the page speaks
    tabindex: "0",
  };
  return [EditorState.readOnly.of(!writes), EditorView.editable.of(writes), EditorView.contentAttributes.of(attributes)];
}
