/**
 * Finds as one types. What is found are choices under the field: Enter or an arrow goes from it to them, arrows choose; never
 * what was found for other letters. An island says where to look.
 */
import { Island, must } from "./element";
import { say } from "./voice";
import { fill, ngettext } from "./words";

const PAUSE_MS = 150;

export abstract class Picker extends Island {
  private timer = 0;
  private wanted = "";
  protected shown = ""; // the text whose results are there

  /** What is found for a text, to take the place of `[data-hits]`; nothing if it cannot be known. */
  protected abstract look(text: string): Promise<Element | null | undefined>;

  protected listen(field: HTMLInputElement, signal: AbortSignal): void {
    this.wanted = this.shown = field.value;
    field.addEventListener("input", () => this.later(field.value), { signal });
    field.addEventListener("keydown", (event) => void this.down(event, field), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  private later(text: string): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.find(text), PAUSE_MS);
  }

  /** Goes to what was found for the text of the field, once it is there. */
  private async down(event: KeyboardEvent, field: HTMLInputElement): Promise<void> {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    if (this.shown !== field.value) await this.find(field.value);
    const hit = (choice: string): HTMLElement | null => this.querySelector<HTMLElement>(`[data-hits] input${choice}`);
    if (this.contains(document.activeElement)) (hit(":checked") ?? hit("[type=radio]") ?? hit(""))?.focus();
  }

  private async find(text: string): Promise<void> {
    clearTimeout(this.timer);
    this.wanted = text;
    const found = await this.look(text);
    if (this.wanted !== text || !found) return;
    must(this, "[data-hits]").replaceWith(document.adoptNode(found));
    this.shown = text;
    const count = this.querySelectorAll("[data-hits] input[type=radio], [data-hits] input[type=checkbox]").length;
    if (count) say(fill(ngettext("%(count)s résultat", "%(count)s résultats", count), { count }));
    else if (text) say(this.querySelector("[data-none]")?.textContent ?? "");
  }
}
