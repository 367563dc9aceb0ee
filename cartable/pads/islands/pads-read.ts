/**
 * <pads-read data-formulas data-code data-frame data-players> <article>… </pads-read>
 * Draws the formulas and the diagrams of a text laid out, and colours its code; without it, their sources are read. Diagrams are drawn where the preview
 * is, in a frame without an origin (decision 22), and come back as pictures. Videos of the hosts in data-players are shown here if one asks.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { Island, el } from "../../web/islands/element";
import { CODE, type Figure, figures, place, refuse } from "./figures";
import { offer } from "./players";
import { type FromFrame, type ToFrame } from "./told";

class Read extends Island {
  async connect(signal: AbortSignal): Promise<void> {
    const found = figures(this);
    if (found.length) this.#draw(found, signal);
    offer(this, (this.dataset["players"] ?? "").split(" "));
    await this.#show(".math", "formulas");
    await this.#show(CODE, "code");
    this.dataset["ready"] = "";
  }

  /** Has a library show each element that is for it; it is loaded where there are any. */
  async #show(selector: string, library: string): Promise<void> {
    const found = this.querySelectorAll<HTMLElement>(selector);
    if (!found.length) return;
    const { default: show } = (await import(this.dataset[library]!)) as { default: (element: HTMLElement) => void };
    for (const one of found) show(one);
  }

  #draw(found: Figure[], signal: AbortSignal): void {
    const frame = el("iframe", { sandbox: "allow-scripts", src: this.dataset["frame"]!, class: "measured", "aria-hidden": "true", tabindex: "-1" });
    const hear = (said: FromFrame): void => {
      if ("ready" in said) found.forEach(({ said: draw }, id) => tell(frame, { draw, id }));
      const figure = "id" in said ? found[said.id] : undefined;
      if (figure && "svg" in said) place(figure, String(said.svg), Number(said.width), Number(said.height));
      else if (figure && "wrong" in said) refuse(figure, String(said.wrong));
    };
    addEventListener("message", ({ source, data }) => source === frame.contentWindow && hear(data as FromFrame), { signal });
    this.append(frame);
  }
}

function tell(frame: HTMLIFrameElement, said: ToFrame): void {
  frame.contentWindow?.postMessage(said, "*"); // it has no origin that could be named
}

customElements.define("pads-read", Read);
