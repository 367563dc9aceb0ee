/**
 * <pads-slides data-options='{"transition": "fade"}'> … <div class="reveal"><div class="slides"><section>… </pads-slides>
 * Shows slides one at a time (reveal.js 6); without it they are read one under the other.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import Reveal from "reveal.js";
import "reveal.js/reveal.css";
import { Island, must } from "../../web/islands/element";

class Slides extends Island {
  async connect(): Promise<void> {
    const print = location.search === "?print-pdf";
    if (location.search) history.replaceState(null, "", location.pathname + location.hash); // reveal.js takes options from an address, whoever made it
    this.dataset["ready"] = "";
    const given = JSON.parse(this.dataset["options"] ?? "{}") as Record<string, unknown>;
    const deck = new Reveal(must(this, ".reveal"), {
      hash: true,
      slideNumber: true,
      postMessage: false, // nor does anybody else move it (CVE-2021-39175)
      ...(remembers() ? {} : { scrollActivationWidth: 0 }), // on narrow screens it scrolls, and remembers where
      ...(print ? { view: "print" as const } : {}),
      ...given,
    });
    await deck.initialize();
  }
}

/** Whether this page may keep anything: a browser may refuse it in a frame of another site. */
function remembers(): boolean {
  try {
    return Boolean(sessionStorage);
  } catch {
    return false;
  }
}

customElements.define("pads-slides", Slides);
