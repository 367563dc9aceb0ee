/**
 * What is offered while one writes: emoji after `:`, languages after ```, containers after `:::`, people after `@`, documents after
 * `[[`. Each once there are letters to look for, so that nothing comes up in plain words; nothing in code or in an address.
 */
import {
  type Completion, type CompletionContext, type CompletionResult, type CompletionSource,
  acceptCompletion, autocompletion, insertCompletionText,
} from "@codemirror/autocomplete";
import { Prec, StateEffect } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { post } from "../../web/islands/requests";
import { toast } from "../../web/islands/voice";
import { gettext } from "../../web/islands/words";
import { DRAWN } from "./drawn";
import { type Editor } from "./editor";
import { type Hit, type Kind, PERSON, lookUp } from "./naming";
import { inProse } from "./prose";
import { CONTAINERS } from "./tools";

const EMOJI = /(?<![\p{L}\p{N}:]):[a-z0-9+-][a-z0-9_+-]+/u; // neither 10:30 nor ::
const FENCE = /^[\s>]*(?:`{3,}|~{3,})\s?([\w+#-]*)/;
const CONTAINER = /^[\s>]*:{3,}\s?(\p{L}*)/u;
const DOCUMENT = /\[\[[^[\]\n]{2,60}/;
const MOST = 40; // that are offered

const LANGUAGES = (
  "bash c cpp csharp css diff go html ini java javascript json kotlin latex lua markdown ocaml php python r ruby rust scala shell sql " +
  "swift toml typescript xml yaml"
).split(" ");

const THEME = EditorView.theme({
  ".cm-tooltip.cm-tooltip-autocomplete": { border: "1px solid var(--edge)", borderRadius: "8px", overflow: "hidden", background: "var(--paper)", color: "var(--ink)", boxShadow: "var(--float)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxWidth: "min(32rem, calc(100vw - 1rem))", maxHeight: "min(18rem, 40dvh)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".35rem .75rem", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--tint-strong)", color: "var(--ink)" },
  ".cm-completionDetail": { fontStyle: "normal", fontSize: ".875em", color: "var(--soft)" },
});

/** Has an editor offer them. `address` is where people and documents are found; without one there are none. */
export function completing(editor: Editor, address: string | undefined): void {
  const fenced: CompletionSource = (context) => words(context, FENCE, languages());
  const contained: CompletionSource = (context) => words(context, CONTAINER, CONTAINERS().map(({ kind, label }) => offer(kind, label)));
  const found = address ? [finding(editor, address, "people", PERSON), finding(editor, address, "documents", DOCUMENT)] : [];
  const others = [named, ...found];
  const sources = [fenced, contained, ...others.map(inWords)];
  const extensions = [
    autocompletion({ override: sources.map((one) => inOneStep(editor, one)), icons: false, maxRenderedOptions: MOST }),
    Prec.highest(keymap.of([{ key: "Tab", run: acceptCompletion }])),
    THEME,
  ];
  editor.view.dispatch({ effects: StateEffect.appendConfig.of(extensions) });
}

const inWords = (source: CompletionSource): CompletionSource => (context) => (inProse(context.state, context.pos) ? source(context) : null);

/** Has what is chosen be undone by itself, however soon after the letters that were typed. */
function inOneStep(editor: Editor, source: CompletionSource): CompletionSource {
  const put = (_view: EditorView, { label }: Completion, from: number, to: number): void => void editor.act((state) => insertCompletionText(state, label, from, to));
  return async (context) => {
    const found = await source(context);
    return found && { ...found, options: found.options.map((one) => ({ apply: put, ...one })) };
  };
}

/** What is offered, and what is said of it: apart for the ear too. */
const offer = (label: string, said = ""): Completion => ({ label, detail: said && ` ${said}` });

function languages(): Completion[] {
  return [...DRAWN.map((one) => offer(one, gettext("dessin"))), offer("csvpreview", gettext("tableau")), ...LANGUAGES.map((one) => offer(one))];
}

/** Those of some words that begin as what was typed; without any letter, all of them once they are asked for. Nothing if it is one. */
function words(context: CompletionContext, pattern: RegExp, all: Completion[]): CompletionResult | null {
  const found = context.matchBefore(pattern), typed = found && pattern.exec(found.text)![1]!;
  if (typed === null || (!typed && !context.explicit)) return null;
  const options = all.filter(({ label }) => label.startsWith(typed.toLowerCase()));
  return options.some(({ label }) => label === typed) ? null : { from: context.pos - typed.length, options, filter: false };
}

/** Emoji by name, as the text will be read: those whose name begins so, the shortest first, then those with such a word. */
async function named(context: CompletionContext): Promise<CompletionResult | null> {
  const found = context.matchBefore(EMOJI);
  if (!found) return null;
  const { EMOJI: known } = await import("./emoji"), typed = found.text.slice(1);
  const ranked = [(name: string) => name.startsWith(typed), (name: string) => name.includes(`_${typed}`)];
  const shortest = Object.keys(known).sort((one, other) => one.length - other.length);
  const names = ranked.flatMap((fits) => shortest.filter(fits)).slice(0, MOST);
  const options = names.map((name) => ({ label: `:${name}:`, displayLabel: `${known[name]} ${name}` }));
  return { from: found.from, options, filter: false };
}

/** People or documents that the site finds, as it does for this person everywhere. Where it does not answer, there are none. */
function finding(editor: Editor, address: string, kind: Kind, pattern: RegExp): CompletionSource {
  return async (context) => {
    const found = context.matchBefore(pattern);
    if (!found) return null;
    const text = found.text.replace(/^(?:@|\[\[)/, "");
    const hits = await lookUp(address, kind, text);
    if (context.aborted) return null;
    return { from: found.from, options: hits.map((hit) => option(editor, address, kind, hit)), filter: false };
  };
}

function option(editor: Editor, asked: string, kind: Kind, { name, place, address, sub }: Hit): Completion {
  const said = kind === "people" ? `@${name}` : `[${name.replace(/\.md$/, "").replace(/[\\[\]*`<]/g, "\\$&")}](${address})`;
  return {
    ...offer(name, place),
    apply: (view, _chosen, from, to) => {
      const end = kind === "documents" && view.state.sliceDoc(to, to + 2) === "]]" ? to + 2 : to;
      editor.act((state) => insertCompletionText(state, said, from, end));
      if (sub) void mention(asked, sub);
    },
  };
}

/** Says who is meant by a name, so that they are told of it; and here, where they may not read the text. Without a network, nobody is told. */
async function mention(asked: string, sub: string): Promise<void> {
  const { said } = await post(asked.replace(/named$/, "mention"), { person: sub }).catch(() => ({ said: "" }));
  if (said) toast(said);
}
