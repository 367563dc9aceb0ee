/**
 * People offered after `@` in a field of a form, by the rules of the text (completing.ts): a list under it, from which Enter, Tab or a
 * click takes one, and which Escape shuts.
 */
import { el } from "../../web/islands/element";
import { gettext } from "../../web/islands/words";
import { type Hit, PERSON, lookUp } from "./naming";

const PAUSE_MS = 100; // in typing, before anybody is looked for
const BEFORE = new RegExp(`(?:${PERSON.source})$`, "u");
let made = 0;

export class Offered {
  /** To be put under the field. */
  readonly list = el("ul", { role: "listbox", id: `offered-${++made}`, "aria-label": gettext("Propositions"), class: "offered", hidden: true });
  #hits: Hit[] = [];
  #at = 0; // which of them is about to be taken
  #timer = 0;

  /** `taken` is called with the id of who was. */
  constructor(
    readonly field: HTMLTextAreaElement,
    readonly address: string,
    readonly taken: (sub: string) => void,
  ) {
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.addEventListener("input", () => this.#later());
    field.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("blur", () => this.#show([]));
  }

  /** What is typed of a name, up to the cursor. */
  get #typed(): string {
    const { value, selectionStart, selectionEnd } = this.field;
    return selectionStart === selectionEnd ? (BEFORE.exec(value.slice(0, selectionStart))?.[0] ?? "") : "";
  }

  #later(): void {
    window.clearTimeout(this.#timer);
    if (!this.#typed) this.#show([]);
    else this.#timer = window.setTimeout(() => void this.#look(this.#typed), PAUSE_MS);
  }

  async #look(typed: string): Promise<void> {
    const hits = typed ? await lookUp(this.address, "people", typed.slice(1)) : [];
    if (this.#typed === typed) this.#show(hits);
  }

  #show(hits: Hit[]): void {
    window.clearTimeout(this.#timer);
    this.#hits = hits;
    this.list.hidden = !hits.length;
    this.list.replaceChildren(...hits.map((hit, at) => this.#option(hit, at)));
    this.#go(0);
  }

  #option({ name, place }: Hit, at: number): HTMLElement {
    const option = el("li", { role: "option", id: `${this.list.id}-${at}` }, name, place && el("span", { class: "soft" }, ` ${place}`));
    option.addEventListener("pointerdown", (event) => event.preventDefault()); // the field stays where one types
    option.addEventListener("click", () => this.#take(this.#hits[at]!));
    return option;
  }

  #go(at: number): void {
    this.#at = at;
    [...this.list.children].forEach((option, one) => option.setAttribute("aria-selected", String(one === at)));
    if (!this.#hits.length) return this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-activedescendant", this.list.children[at]!.id);
    this.list.children[at]!.scrollIntoView({ block: "nearest" });
  }

  #key(event: KeyboardEvent): void {
    const last = this.#hits.length - 1;
    if (last < 0 || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const acts: Record<string, () => void> = {
      ArrowDown: () => this.#go(this.#at < last ? this.#at + 1 : 0),
      ArrowUp: () => this.#go(this.#at ? this.#at - 1 : last),
      Enter: () => this.#take(this.#hits[this.#at]!),
      Tab: () => this.#take(this.#hits[this.#at]!),
      Escape: () => this.#show([]),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #take({ name, sub }: Hit): void {
    const to = this.field.selectionStart, from = to - this.#typed.length;
    this.#show([]);
    this.field.setRangeText(`@${name}`, from, to, "end");
    if (sub) this.taken(sub);
    this.field.dispatchEvent(new Event("input")); // it counts as typed
    this.#show([]);
  }
}
