/**
 * <spaces-people><form role="search">…</form><form data-hits>…</form></spaces-people>
 * Finds people as one types: the same page is asked with other letters, and its results replaced. They are radio buttons,
 * so arrows choose and Enter shares. Beside it, in the same dialog, roles that change at once.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { Island, must } from "../../web/islands/element";
import { fetchPage } from "../../web/islands/requests";
import { say } from "../../web/islands/voice";
import { fill, gettext, ngettext } from "../../web/islands/words";

const PAUSE_MS = 150;

class People extends Island {
  private timer = 0;
  private wanted = "";

  connect(signal: AbortSignal): void {
    const search = must<HTMLFormElement>(this, "[role=search]");
    const field = must<HTMLInputElement>(search, "input");
    must(search, "button").remove();
    field.addEventListener("input", () => this.later(field.value), { signal });
    field.addEventListener("keydown", (event) => this.down(event), { signal });
    search.addEventListener("submit", (event) => (event.preventDefault(), void this.find(field.value)), { signal });
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

  private down(event: KeyboardEvent): void {
    const first = this.querySelector<HTMLInputElement>("[data-hits] input[type=radio]");
    if (!first || (event.key !== "ArrowDown" && event.key !== "Enter")) return;
    event.preventDefault();
    if (event.key === "ArrowDown") (this.querySelector<HTMLInputElement>("[data-hits] input:checked") ?? first).focus();
    else must<HTMLFormElement>(this, "[data-hits]").requestSubmit();
  }

  private async find(text: string): Promise<void> {
    this.wanted = text;
    const form = must<HTMLFormElement>(this, "[role=search]");
    const read = await fetchPage(`${form.action.split("?")[0]}?${new URLSearchParams({ q: text })}`);
    const found = read.querySelector("[data-hits]");
    if (this.wanted !== text || !found) return;
    must(this, "[data-hits]").replaceWith(document.adoptNode(found));
    const count = this.querySelectorAll("[data-hits] input[type=radio]").length;
    if (count) say(fill(ngettext("%(count)s résultat", "%(count)s résultats", count), { count }));
    else if (text) say(gettext("Aucun résultat"));
  }
}

customElements.define("spaces-people", People);
