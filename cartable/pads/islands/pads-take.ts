/**
 * <pads-take> <a data-take href="…">… </a> <p role="status"> </pads-take>
 * Says that a text is being made ready in another form, and why it cannot be; without it the browser waits for the file.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { Island, must } from "../../web/islands/element";
import { Refused, fetchFile } from "../../web/islands/requests";
import { gettext } from "../../web/islands/words";

class Take extends Island {
  connect(signal: AbortSignal): void {
    this.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-take]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void this.#take(link, signal);
    }, { signal });
  }

  async #take(link: HTMLAnchorElement, signal: AbortSignal): Promise<void> {
    const said = must(this, "[role=status]");
    if (this.ariaBusy === "true") return;
    this.ariaBusy = "true";
    said.textContent = gettext("Préparation du fichier…");
    try {
      save(await fetchFile(link.href, signal));
      said.textContent = gettext("Le fichier est prêt : votre navigateur l’enregistre.");
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      said.textContent = problem.message;
    } finally {
      this.ariaBusy = "false";
    }
  }
}

function save(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  URL.revokeObjectURL(link.href);
}

customElements.define("pads-take", Take);
