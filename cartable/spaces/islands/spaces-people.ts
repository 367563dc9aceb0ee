/**
 * <spaces-people><form role="search">…</form><form data-hits>…</form></spaces-people>
 * Finds people as one types: the same page is asked with other letters, and its results replaced. Enter on one of them shares.
 * Beside it, in the same dialog, roles that change at once.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { must } from "../../web/islands/element";
import { Picker } from "../../web/islands/picker";
import { fetchPage } from "../../web/islands/requests";
import { refused } from "../../web/islands/voice";

class People extends Picker {
  connect(signal: AbortSignal): void {
    const search = must<HTMLFormElement>(this, "[role=search]");
    const field = must<HTMLInputElement>(search, "input");
    must(search, "button").remove();
    this.listen(field, signal);
    search.addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.addEventListener("submit", (event) => this.shown !== field.value && event.preventDefault(), { signal });
    const around = this.closest("[data-sheet]") ?? document;
    for (const form of around.querySelectorAll<HTMLFormElement>("[data-at-once]")) {
      must(form, "button").remove();
      must(form, "select").addEventListener("change", () => form.requestSubmit(), { signal });
    }
    this.dataset["ready"] = "";
  }

  protected async look(text: string): Promise<Element | null | undefined> {
    const form = must<HTMLFormElement>(this, "[role=search]");
    const read = await fetchPage(`${form.action.split("?")[0]}?${new URLSearchParams({ q: text })}`).catch(refused);
    return read?.querySelector("[data-hits]");
  }
}

customElements.define("spaces-people", People);
