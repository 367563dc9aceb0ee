/**
 * <portal-find data-from="/admin/structures?act=…" data-none="…"><input type="search"><div data-hits>…</div></portal-find>
 * Finds structures or people as one types, among those where, or on whom, one may do something. What is chosen goes with the
 * form around it. An address of nobody found is no mistake yet: the form says what it is.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { el, must } from "../../web/islands/element";
import { Picker } from "../../web/islands/picker";
import { read, type Refused } from "../../web/islands/requests";
import { refused } from "../../web/islands/voice";

type Hit = { code: string; name: string; place: string };

class Find extends Picker {
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
    const nobody = !hits.length && words && !words.includes("@");
    const none = nobody && el("p", { class: "soft hit", "data-none": true }, this.dataset["none"] ?? "");
    const all = [...kept.map((one) => one.closest("label")), ...found, none];
    return el("div", { class: "hits", role: "group", "aria-label": label, "data-hits": true, hidden: !all.some(Boolean) }, ...all);
  }

  private choice({ code, name, place }: Hit): HTMLElement {
    const named = `${must<HTMLInputElement>(this, "input[type=search]").name}-chosen`;
    const input = el("input", { type: this.several ? "checkbox" : "radio", name: named, value: code });
    return el("label", { class: "hit" }, input, el("span", { class: "what" }, el("strong", {}, name), el("small", {}, place)));
  }
}

customElements.define("portal-find", Find);
