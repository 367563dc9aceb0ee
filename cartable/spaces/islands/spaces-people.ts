/**
 * <spaces-people><form role="search">…</form><form data-hits>…</form></spaces-people>
 * Finds people as one types: the same page is asked with other letters, and its results replaced. They are radio buttons:
 * Enter or an arrow goes from the field to them, arrows choose, and Enter shares; never what was found for other letters.
 * Beside it, in the same dialog, roles that change at once.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { Island, must } from "../../web/islands/element";
import { fetchPage } from "../../web/islands/requests";
import { refused, say } from "../../web/islands/voice";
import { fill, gettext, ngettext } from "../../web/islands/words";

const PAUSE_MS = 150;

class People extends Island {
  private timer = 0;
  private wanted = "";
  private shown = ""; // the text whose results are there

  connect(signal: AbortSignal): void {
    const search = must<HTMLFormElement>(this, "[role=search]");
    const field = must<HTMLInputElement>(search, "input");
    must(search, "button").remove();
    this.wanted = this.shown = field.value;
    field.addEventListener("input", () => this.later(field.value), { signal });
    field.addEventListener("keydown", (event) => void this.down(event, field), { signal });
    search.addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.addEventListener("submit", (event) => this.shown !== field.value && event.preventDefault(), { signal });
    const around = this.closest("[data-sheet]") ?? document;
    for (const form of around.querySelectorAll<HTMLFormElement>("[data-at-once]")) {
      must(form, "button").remove();
      must(form, "select").addEventListener("change", () => form.requestSubmit(), { signal });
    }
    signal.addEventListener("abort", () => clearTimeout(this.timer));
    this.dataset["ready"] = "";
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
    if (this.contains(document.activeElement)) (hit(":checked") ?? hit("[type=radio]"))?.focus();
  }

  private async find(text: string): Promise<void> {
    clearTimeout(this.timer);
    this.wanted = text;
    const form = must<HTMLFormElement>(this, "[role=search]");
    const read = await fetchPage(`${form.action.split("?")[0]}?${new URLSearchParams({ q: text })}`).catch(refused);
    const found = read?.querySelector("[data-hits]");
    if (this.wanted !== text || !found) return;
    must(this, "[data-hits]").replaceWith(document.adoptNode(found));
    this.shown = text;
    const count = this.querySelectorAll("[data-hits] input[type=radio]").length;
    if (count) say(fill(ngettext("%(count)s résultat", "%(count)s résultats", count), { count }));
    else if (text) say(must(this, "[data-none]").textContent);
  }
}

customElements.define("spaces-people", People);
