/**
 * <portal-place data-from="/admin/structures?act=…"><input type="search"><div data-hits>…</div></portal-place>
 * Finds structures as one types, among those where one may do something. What is chosen goes with the form around it.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { el, must } from "../../web/islands/element";
import { Picker } from "../../web/islands/picker";
import { read, type Refused } from "../../web/islands/requests";
import { refused } from "../../web/islands/voice";
import { gettext } from "../../web/islands/words";

type Hit = { code: string; name: string; place: string };

class Place extends Picker {
  connect(signal: AbortSignal): void {
    const field = must<HTMLInputElement>(this, "input[type=search]");
    this.listen(field, signal);
    this.dataset["ready"] = "";
  }

  protected async look(text: string): Promise<Element | undefined> {
    const words = this.words(text);
    const found = await read<{ hits: Hit[] }>(`${this.dataset["from"]}&${new URLSearchParams({ q: words })}`).catch(
      (refusal: Refused) => refused(refusal),
    );
    if (!found) return undefined;
    const typed = this.querySelector<HTMLInputElement>("input[type=hidden]");
    if (typed) typed.value = text;
    return this.shownAs(found.hits, words);
  }

  /** Of several, the last that was typed. */
  private words(text: string): string {
    return this.several ? text.split(/[,;]/).at(-1)!.trim() : text;
  }

  private get several(): boolean {
    return this.dataset["several"] === "1";
  }

  /** Of several, those chosen stay. */
  private shownAs(hits: Hit[], words: string): HTMLElement {
    const old = must<HTMLElement>(this, "[data-hits]");
    const kept = this.several ? [...old.querySelectorAll<HTMLInputElement>("input:checked")] : [];
    const codes = new Set(kept.map((one) => one.value));
    const found = hits.filter((one) => !codes.has(one.code)).map((one) => this.choice(one));
    const label = old.getAttribute("aria-label");
    const none = !hits.length && words && el("p", { class: "soft hit", "data-none": true }, gettext("Aucune de vos structures ne s’appelle ainsi."));
    const all = [...kept.map((one) => one.closest("label")), ...found, none];
    return el("div", { class: "hits", role: "group", "aria-label": label, "data-hits": true, hidden: !all.some(Boolean) }, ...all);
  }

  private choice({ code, name, place }: Hit): HTMLElement {
    const named = `${must<HTMLInputElement>(this, "input[type=search]").name}-chosen`;
    const input = el("input", { type: this.several ? "checkbox" : "radio", name: named, value: code });
    return el("label", { class: "hit" }, input, el("span", { class: "what" }, el("strong", {}, name), el("small", {}, place)));
  }
}

customElements.define("portal-place", Place);
