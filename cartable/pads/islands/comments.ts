/**
 * What is said about a pad, beside its text: threads in the order of their passages, each shown in the editor too. Loaded by itself,
 * once there is an editor. What somebody began to write stays while the list is drawn anew.
 */
import { StateEffect } from "@codemirror/state";
import { type EditorView } from "@codemirror/view";
import { type Text } from "yjs";
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { el, must } from "../../web/islands/element";
import { moment } from "../../web/islands/formats";
import { Refused } from "../../web/islands/requests";
import { refused, say, toast } from "../../web/islands/voice";
import { fill, gettext, ngettext } from "../../web/islands/words";
import { Offered } from "./offered";
import { button, labelled, list, quoted, short, verdicts } from "./pieces";
import { type Passage, find, name, nearest, passages, showPassages } from "./passages";
import { type Remark, type Thread, Threads, type Words } from "./threads";

const QUIET_MS = 300;

/** What one writes now, by where: `new`, `answer 12`, `change 5`; whom one chose to name in it, by the same with `named ` before. */
type Drafts = Map<string, string>;
type May = { comment: boolean; write: () => boolean; manage: boolean };
type Begun = { anchor: string; quote: string; proposes: boolean };

/** What somebody is about to say, to go on in another document: `words` are those of the passage that it is about, and `stood` is where. */
export type Half = { drafts: Drafts; begun: (Begun & { words: string; stood: number }) | null; open: boolean; focused: string | undefined };

export class Comments {
  readonly #threads: Threads;
  readonly #drafts: Drafts;
  readonly #button: HTMLButtonElement;
  #all: Thread[] = [];
  #begun: Begun | null = null;
  #chosen = 0;
  #asking = false;
  #again = false;
  #due = 0;

  /** `pad` holds a button `[data-talk]` and, in its desk, a place `.talk` with the address to ask; `half` is what was about to be said of a former document. */
  constructor(
    readonly pad: HTMLElement,
    readonly view: EditorView,
    readonly text: Text,
    readonly may: May,
    signal: AbortSignal,
    half: Half | null = null,
  ) {
    this.#drafts = half?.drafts ?? new Map();
    this.#threads = new Threads(this.#place.dataset["address"]!);
    this.#button = must(pad, "[data-talk]");
    this.#button.hidden = false;
    this.#button.addEventListener("click", () => this.#open(this.#isShut), { signal });
    this.#place.parentElement!.append(this.#place);
    addEventListener("keydown", (event) => this.#key(event), { signal });
    view.dispatch({ effects: StateEffect.appendConfig.of(passages((thread) => this.#choose(thread))) });
    text.observe(() => this.#changed());
    if (half) this.#goOn(half);
    void this.ask();
  }

  /** What is about to be said, and is nowhere else yet. */
  get half(): Half {
    const begun = this.#begun, passage = begun && find(this.text, begun.anchor, begun.quote);
    const words = passage ? this.view.state.sliceDoc(passage.from, passage.to) : (begun?.quote ?? "");
    return { drafts: this.#drafts, begun: begun && { ...begun, words, stood: passage?.from ?? 0 }, open: !this.#isShut, focused: this.#focused };
  }

  #goOn({ begun, open, focused }: Half): void {
    const passage = begun && nearest(this.text, begun.words, begun.stood);
    this.#begun = begun && { ...begun, anchor: passage ? name(this.text, passage) : begun.anchor };
    if (!open) return;
    this.#show(true);
    this.#focus(focused);
  }

  get #place(): HTMLElement {
    return must(this.pad, ".talk");
  }

  get #isShut(): boolean {
    return this.#place.hidden !== false;
  }

  /** Asks what is said now. */
  async ask(): Promise<void> {
    this.#again = this.#asking;
    if (this.#asking) return;
    this.#asking = true;
    try {
      this.#all = await this.#threads.all();
      this.#draw();
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem; // no network: what was read stays, and it is asked again once there is one
    } finally {
      this.#asking = false;
    }
    if (this.#again) await this.ask();
  }

  /** Looks where the passages are now, once it is quiet: the editor moves its own marks meanwhile. */
  #changed(): void {
    window.clearTimeout(this.#due);
    this.#due = window.setTimeout(() => this.#draw(), QUIET_MS);
  }

  #key(event: KeyboardEvent): void {
    if (!event.ctrlKey || !event.altKey || event.getModifierState("AltGraph") || event.code !== "KeyM") return;
    event.preventDefault();
    if (this.may.comment && !this.view.state.selection.main.empty) this.#begin(false);
    else this.#open(this.#isShut);
  }

  #show(open: boolean): void {
    this.#place.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    this.pad.toggleAttribute("data-talking", open);
    this.#draw();
  }

  #open(open: boolean): void {
    this.#show(open);
    (open ? must<HTMLElement>(this.#place, "h2") : this.view).focus();
  }

  #choose(thread: number): void {
    this.#chosen = thread;
    if (this.#isShut) this.#open(true);
    this.#draw();
    this.#place.querySelector<HTMLElement>(`[data-of="${thread}"]`)?.focus();
  }

  /** Begins to say something about what is selected. */
  #begin(proposes: boolean): void {
    const { from, to } = this.view.state.selection.main;
    const quote = this.view.state.sliceDoc(from, to);
    this.#begun = { anchor: name(this.text, { from, to }), quote, proposes };
    if (proposes) this.#drafts.set("proposed", quote);
    if (this.#isShut) this.#open(true);
    this.#draw();
    this.#place.querySelector<HTMLElement>("form[data-draft=new] textarea")?.focus();
  }

  // What is shown

  #draw(): void {
    const open = this.#all.filter(({ verdict }) => !verdict), closed = this.#all.filter(({ verdict }) => verdict);
    this.#button.querySelector("span")!.textContent = open.length
      ? fill(ngettext("%(count)s commentaire", "%(count)s commentaires", open.length), { count: open.length })
      : gettext("Commentaires");
    this.#mark();
    if (this.#isShut) return;
    const focused = this.#focused;
    const shown = [
      this.#head(),
      this.#begun && this.#new(this.#begun),
      !open.length && !this.#begun && el("p", { class: "soft" }, gettext("Rien n’est dit de ce texte pour l’instant.")),
      list(this.#sorted(open).map((one) => this.#thread(one))),
      closed.length > 0 && this.#closed(closed),
    ];
    this.#place.replaceChildren(...shown.filter((one) => one instanceof HTMLElement));
    this.#focus(focused);
  }

  /** The key of what is focused, which finds it in a list that is drawn anew. */
  get #focused(): string | undefined {
    return this.#place.querySelector<HTMLElement>("[data-key]:focus")?.dataset["key"];
  }

  #focus(key: string | undefined): void {
    if (key) this.#place.querySelector<HTMLElement>(`[data-key="${key}"]`)?.focus();
  }

  #sorted(threads: Thread[]): Thread[] {
    const at = new Map(threads.map((one) => [one.id, find(this.text, one.anchor, one.quote)?.from ?? Infinity]));
    return [...threads].sort((one, other) => at.get(one.id)! - at.get(other.id)! || one.id - other.id);
  }

  #mark(): void {
    const shown = this.#all.filter(({ verdict }) => !verdict).flatMap(({ id, anchor, quote }) => {
      const passage = find(this.text, anchor, quote);
      return passage ? [{ ...passage, thread: id, chosen: id === this.#chosen }] : [];
    });
    showPassages(this.view, shown);
  }

  #head(): HTMLElement {
    const hint = el("p", { class: "soft" }, gettext("Sélectionnez un passage du texte, puis :"));
    return el("header", {}, el("h2", { tabindex: "-1" }, gettext("Commentaires")), button("close", gettext("Fermer les commentaires"), () => this.#open(false), "bare icon-only"),
      this.may.comment && hint,
      this.may.comment && el("p", { class: "acts" },
        button("", gettext("Commenter"), () => this.#select(false), "small"),
        button("", gettext("Proposer d’autres mots"), () => this.#select(true), "small")));
  }

  #select(proposes: boolean): void {
    if (this.view.state.selection.main.empty) say(gettext("Aucun passage n’est sélectionné."));
    else this.#begin(proposes);
  }

  #new(begun: Begun): HTMLElement {
    const proposed = begun.proposes && labelled(gettext("Mots proposés"), this.#field("proposed", false));
    return this.#form("new", [quoted(begun.quote), proposed], begun.proposes ? gettext("Pourquoi (facultatif)") : gettext("Commentaire"), gettext("Envoyer"), !begun.proposes, async (words) => {
      const said = await this.#threads.begin(begun.anchor, begun.quote, words, begun.proposes ? (this.#drafts.get("proposed") ?? "") : null);
      this.#drop();
      return said;
    }, () => this.#drop());
  }

  #drop(): void {
    this.#begun = null;
    this.#drafts.delete("proposed");
  }

  #closed(closed: Thread[]): HTMLElement {
    const title = fill(ngettext("%(count)s réglé", "%(count)s réglés", closed.length), { count: closed.length });
    const shown = el("details", { open: this.#drafts.has("closed") }, el("summary", { "data-key": "closed" }, title), list(closed.map((one) => this.#thread(one))));
    shown.addEventListener("toggle", () => (shown.open ? this.#drafts.set("closed", "") : this.#drafts.delete("closed")));
    return shown;
  }

  #thread(thread: Thread): HTMLElement {
    const { id, quote, proposed, verdict, said } = thread, passage = find(this.text, thread.anchor, quote);
    const chosen = id === this.#chosen;
    return el("li", { class: chosen ? "thread chosen" : "thread", "data-of": id, tabindex: "-1" },
      this.#passage(thread, passage),
      proposed !== null && el("p", { class: "proposed" }, el("span", { class: "soft" }, gettext("À la place : ")), proposed ? el("ins", {}, proposed) : gettext("rien")),
      verdict !== "" && el("p", { class: "soft" }, `${verdicts()[verdict]}${thread.judge && ` – ${thread.judge}`}`),
      el("ul", { class: "said-list" }, ...said.map((one) => this.#remark(thread, one))),
      this.may.comment && this.#acts(thread, passage),
      this.#drafts.has(`answer ${id}`) && this.#form(`answer ${id}`, [], gettext("Réponse"), gettext("Répondre"), true, (words) => this.#threads.answer(id, words)));
  }

  /** The words that it is about, which lead to where they are. */
  #passage(thread: Thread, passage: Passage | null): HTMLElement {
    if (!passage) return el("div", {}, quoted(thread.quote), el("p", { class: "soft" }, gettext("Ce passage n’est plus dans le texte.")));
    const now = this.view.state.sliceDoc(passage.from, passage.to);
    const go = el("button", { type: "button", class: "quote", "data-key": `go ${thread.id}`, title: gettext("Aller au passage") }, short(now));
    go.addEventListener("click", () => {
      const found = find(this.text, thread.anchor, thread.quote);
      this.#chosen = thread.id;
      if (found) this.view.dispatch({ selection: { anchor: found.from, head: found.to }, scrollIntoView: true });
      this.view.focus();
      this.#draw();
    });
    return go;
  }

  #remark(thread: Thread, { id, author, mine, at, changed, text }: Remark): HTMLElement {
    if (this.#drafts.has(`change ${id}`)) {
      return el("li", {}, this.#form(`change ${id}`, [], gettext("Commentaire"), gettext("Enregistrer"), true, (now) => this.#threads.change(id, now)));
    }
    const when = el("time", { datetime: at }, moment(Date.parse(at) / 1000));
    const first = thread.said[0]!.id === id, alone = thread.said.every((one) => one.mine);
    return el("li", {},
      el("p", { class: "by" }, el("strong", {}, author || gettext("Compte effacé")), " ", el("span", { class: "soft" }, when, changed && ` – ${gettext("modifié")}`)),
      text !== "" && el("p", { class: "words" }, text), // who proposes words need not say why
      this.may.comment && el("p", { class: "acts" },
        mine && this.#draftButton(`change ${id}`, gettext("Modifier"), text),
        ((mine && (!first || alone)) || this.may.manage) && button(`remove ${id}`, gettext("Supprimer"), () => void this.#do(() => this.#threads.remove(id)), "small bare")));
  }

  #acts({ id, anchor, quote, proposed, verdict }: Thread, passage: Passage | null): HTMLElement {
    const judge = (to: Thread["verdict"]) => () => void this.#do(() => this.#threads.judge(id, to));
    if (verdict) return el("p", { class: "acts" }, button(`judge ${id}`, gettext("Rouvrir"), judge(""), "small bare"));
    const same = passage && this.view.state.sliceDoc(passage.from, passage.to) === quote;
    const decides = proposed !== null && this.may.write();
    return el("p", { class: "acts" },
      decides && same && button(`accept ${id}`, gettext("Accepter"), () => void this.#accept(id, anchor, quote, proposed), "small first"),
      decides && button(`decline ${id}`, gettext("Refuser"), judge("declined"), "small"),
      decides && passage && !same && el("span", { class: "soft" }, gettext("Le passage a changé depuis.")),
      !this.#drafts.has(`answer ${id}`) && this.#draftButton(`answer ${id}`, gettext("Répondre"), ""),
      !decides && button(`judge ${id}`, gettext("Marquer comme réglé"), judge("settled"), "small bare"));
  }

  /** Puts what is proposed in place of the passage, once the server has said that nobody else did. */
  async #accept(thread: number, anchor: string, quote: string, proposed: string): Promise<void> {
    if (!(await this.#do(() => this.#threads.judge(thread, "accepted")))) return;
    const passage = find(this.text, anchor, quote);
    if (passage) this.view.dispatch({ changes: { ...passage, insert: proposed }, userEvent: "input" });
    say(gettext("C’est dans le texte."));
  }

  // What is written

  #draftButton(key: string, label: string, text: string): HTMLElement {
    return button(key, label, () => {
      this.#drafts.set(key, this.#drafts.get(key) ?? text);
      this.#draw();
      this.#place.querySelector<HTMLElement>(`form[data-draft="${key}"] textarea`)?.focus();
    }, "small bare");
  }

  #field(key: string, required: boolean): HTMLTextAreaElement {
    const area = el("textarea", { rows: 3, required, maxlength: 10_000, "data-key": `in ${key}` });
    area.value = this.#drafts.get(key) ?? "";
    area.addEventListener("input", () => this.#drafts.set(key, area.value));
    return area;
  }

  #form(key: string, above: (HTMLElement | false)[], label: string, send: string, required: boolean, run: (words: Words) => Promise<string>, dropped = (): void => undefined): HTMLElement {
    const cancel = button(`cancel ${key}`, gettext("Annuler"), () => {
      this.#forget(key);
      dropped();
      this.#draw();
    }, "small bare");
    const field = this.#field(key, required), named = `named ${key}`;
    const offered = new Offered(field, this.pad.dataset["named"]!, (sub) => this.#drafts.set(named, `${this.#drafts.get(named) ?? ""} ${sub}`));
    const form = el("form", { "data-draft": key, class: "stack tight" }, ...above, labelled(label, field), offered.list, el("p", { class: "acts" }, cancel, el("button", { class: "act small first" }, send)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#do(async () => {
        const said = await run({ text: this.#drafts.get(key) ?? "", named: this.#drafts.get(named) ?? "" });
        this.#forget(key);
        if (said) toast(said);
      });
    });
    return form;
  }

  #forget(key: string): void {
    this.#drafts.delete(key);
    this.#drafts.delete(`named ${key}`);
  }

  /** Does something, then shows what is said now; tells why it was refused, and keeps what was typed. */
  async #do(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      refused(problem);
      return false;
    } finally {
      await this.ask();
    }
    return true;
  }
}
