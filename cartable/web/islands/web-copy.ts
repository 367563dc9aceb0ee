/**
 * <web-copy><input readonly value="…"></web-copy>
 * Adds a button that copies what the field holds. Without it the field can be selected.
 */
import "./web-page"; // all of it: what pages share is then one file
import { Island, el, icon, must } from "./element";
import { say } from "./voice";
import { gettext } from "./words";

class Copy extends Island {
  connect(signal: AbortSignal): void {
    const field = must<HTMLInputElement>(this, "input");
    const button = el("button", { type: "button", class: "act small" }, icon("copy", 18), el("span", {}, gettext("Copier")));
    button.addEventListener("click", () => void copy(field, button), { signal });
    field.addEventListener("focus", () => field.select(), { signal });
    this.append(button);
    signal.addEventListener("abort", () => button.remove());
  }
}

async function copy(field: HTMLInputElement, button: HTMLButtonElement): Promise<void> {
  field.select();
  await navigator.clipboard.writeText(field.value).catch(() => document.execCommand("copy")); // no clipboard without HTTPS
  must(button, "span").textContent = gettext("Copié");
  say(gettext("Copié"));
}

customElements.define("web-copy", Copy);
