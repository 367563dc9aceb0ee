/**
 * <web-print></web-print>
 * Becomes a button that prints the page. Without it the browser's own menu does.
 */
import "./web-page"; // all of it: what pages share is then one file
import { Island, el } from "./element";
import { gettext } from "./words";

class Print extends Island {
  connect(signal: AbortSignal): void {
    const button = el("button", { type: "button", class: "act" }, gettext("Imprimer"));
    button.addEventListener("click", () => window.print(), { signal });
    this.append(button);
    signal.addEventListener("abort", () => button.remove());
  }
}

customElements.define("web-print", Print);
