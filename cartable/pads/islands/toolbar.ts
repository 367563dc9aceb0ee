/**
 * <div class="tools" role="toolbar" hidden> <button data-tool="bold" aria-pressed> … <button data-containers aria-haspopup="menu"> </div>
 * The bar of tools above the text (ARIA Authoring Practices, toolbar): one stop of Tab, arrows within; Alt+F10 goes to it from the
 * text, Escape back. A tool gives the focus back to the text.
 */
import { StateEffect } from "@codemirror/state";
import { EditorView, type ViewUpdate } from "@codemirror/view";
import { must } from "../../web/islands/element";
import { type Item, openMenu } from "../../web/islands/menus";
import { gettext } from "../../web/islands/words";
import { type Editor } from "./editor";
import { type Formatting } from "./formatting";
import { type Pictures } from "./pictures";
import { inTable, lessColumns, lessRows, moreColumns, moreRows } from "./tables";
import { CONTAINERS, TOOLS, container } from "./tools";

export class Toolbar {
  constructor(
    private readonly bar: HTMLElement,
    private readonly editor: Editor,
    private readonly pictures: Pictures,
  ) {
    bar.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps the focus, and a phone its keyboard
    bar.addEventListener("click", (event) => this.#click(event.target as Element));
    bar.addEventListener("keydown", (event) => this.#key(event));
    bar.addEventListener("focusin", (event) => this.#rove(event.target as HTMLElement));
    this.#rove(this.#stops[0]!);
    editor.view.dom.addEventListener("keydown", (event) => void (event.altKey && event.key === "F10" && this.#enter(event)));
    editor.view.dispatch({ effects: StateEffect.appendConfig.of(EditorView.updateListener.of((update) => this.#follow(update))) });
    this.#draw();
  }

  get #stops(): HTMLElement[] {
    return [...this.bar.querySelectorAll<HTMLElement>("button, a")];
  }

  #click(target: Element): void {
    const button = target.closest<HTMLElement>("button"), tool = TOOLS[button?.dataset["tool"] ?? ""];
    if (button && "containers" in button.dataset) this.#offer(button, this.#containers());
    else if (button && "choices" in button.dataset) must<HTMLDialogElement>(this.bar.parentElement!, ".choices").showModal();
    else if (button && "picture" in button.dataset) this.pictures.choose();
    else if (button?.ariaHasPopup === "menu") this.#offer(button, this.#ofTable());
    else if (tool) this.#do(tool.act);
  }

  #do(act: Formatting): void {
    this.editor.act(act);
    this.editor.view.focus();
  }

  #offer(button: HTMLElement, items: Item[]): void {
    const { left, bottom } = button.getBoundingClientRect();
    openMenu(items, { left, top: bottom + 4 }, button.ariaLabel!);
  }

  #containers(): Item[] {
    return CONTAINERS().map(({ kind, icon, label, title }) => ({ label, icon, run: () => this.#do(container(kind, title)) }));
  }

  /** What the button of tables offers within one. */
  #ofTable(): Item[] {
    const item = (icon: string, label: string, act: Formatting, bad = false): Item => ({ icon, label, bad, run: () => this.#do(act) });
    return [
      item("plus", gettext("Ligne au-dessus"), moreRows(0)),
      item("plus", gettext("Ligne au-dessous"), moreRows(1)),
      item("plus", gettext("Colonne à gauche"), moreColumns(0)),
      item("plus", gettext("Colonne à droite"), moreColumns(1)),
      null,
      item("trash", gettext("Supprimer la ligne"), lessRows, true),
      item("trash", gettext("Supprimer la colonne"), lessColumns, true),
    ];
  }

  #key(event: KeyboardEvent): void {
    const stops = this.#stops, here = stops.indexOf(document.activeElement as HTMLElement);
    const go = (index: number): void => stops[(index + stops.length) % stops.length]!.focus();
    if (event.key === "ArrowRight") go(here + 1);
    else if (event.key === "ArrowLeft") go(here - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(stops.length - 1);
    else if (event.key === "Escape") this.editor.view.focus();
    else return;
    event.preventDefault();
  }

  #rove(to: HTMLElement): void {
    const stop = to.closest("button, a");
    for (const one of this.#stops) one.tabIndex = one === stop ? 0 : -1;
  }

  #enter(event: Event): void {
    event.preventDefault();
    if (!this.bar.hidden) must<HTMLElement>(this.bar, "[tabindex='0']").focus();
  }

  #follow(update: ViewUpdate): void {
    if (update.docChanged || update.selectionSet || update.startState.readOnly !== update.state.readOnly) this.#draw();
  }

  /** Shows what is so where the cursor is; nothing to who only reads. */
  #draw(): void {
    const { state } = this.editor.view;
    this.bar.hidden = state.readOnly;
    for (const button of this.bar.querySelectorAll<HTMLElement>("[aria-pressed]")) {
      button.setAttribute("aria-pressed", String(TOOLS[button.dataset["tool"]!]?.on?.(state) ?? false));
    }
    must(this.bar, "[data-tool=table]").ariaHasPopup = inTable(state) ? "menu" : null;
  }
}
