/** What is said of the text: whether it is kept, and where. Never more than is known; good news once it has lasted. */
import { el, must } from "../../web/islands/element";
import { wayBack } from "../../web/islands/requests";
import { say } from "../../web/islands/voice";
import { gettext } from "../../web/islands/words";
import { type Kept } from "./kept";
import { ENDED, type Link } from "./link";

const ALARM_MS = 10_000; // that something may wait to be durable
const LASTS_MS = 400; // that good news waits: else each letter would be read aloud

/** `good`: all is well, for now; `bad`: it is not; `copy`: take your text with you. */
type Sentence = { text: string; good?: boolean; bad?: boolean; copy?: boolean; way?: { label: string; href: string } };

export class Said {
  readonly #shown: HTMLElement;
  readonly #copy: HTMLButtonElement;
  #text = "";
  #next: Sentence | null = null;
  #timer = 0;

  /** `text` returns what the pad holds; `taken` is called once that is copied. */
  constructor(from: HTMLElement, text: () => string, taken: () => void) {
    this.#shown = must(from, ".said");
    this.#copy = must(from, "[data-copy]");
    this.#copy.addEventListener("click", () => void copy(text()).then(taken));
  }

  /** Says how it is now; only what has changed, since it is read aloud. */
  show(link: Link, kept: Kept): void {
    const next = (this.#next = sentence(link, kept));
    window.clearTimeout(this.#timer);
    if (next.text === this.#text) return;
    if (next.good) this.#timer = window.setTimeout(() => this.#write(this.#next!), LASTS_MS);
    else this.#write(next);
  }

  #write({ text, bad = false, copy = false, way }: Sentence): void {
    this.#text = text;
    this.#shown.replaceChildren(text, ...(way ? [" ", el("a", { href: way.href }, way.label)] : []));
    this.#shown.classList.toggle("bad", bad);
    this.#copy.hidden = !copy;
  }
}

function sentence(link: Link, kept: Kept): Sentence {
  if (link.ended) return { ...ended(link), bad: true, copy: link.pending };
  if (!link.online) return away(link, kept);
  if (link.since && Date.now() - link.since > ALARM_MS) return { text: gettext("Pas enregistré !"), bad: true, copy: true };
  if (!link.writes) return { text: gettext("Lecture seule") };
  return link.pending ? { text: gettext("Enregistrement…") } : { text: gettext("Enregistré"), good: true };
}

function away(link: Link, kept: Kept): Sentence {
  if (!link.pending) return { text: link.met ? gettext("Hors ligne") : gettext("Connexion…") };
  if (kept.safe) return { text: gettext("Hors ligne : gardé sur cet appareil"), good: true };
  return kept.fails ? { text: gettext("Hors ligne : pas enregistré !"), bad: true, copy: true } : { text: gettext("Hors ligne") };
}

function ended(link: Link): Sentence {
  switch (link.ended) {
    case ENDED.signedOut: return { text: gettext("Votre session est terminée."), way: wayBack() };
    case ENDED.denied: return { text: gettext("Ce document ne vous est plus ouvert.") };
    case ENDED.gone: return { text: gettext("Ce document n’est plus là, ou ne vous est plus ouvert.") };
    case ENDED.forgotten: return { text: gettext("Ce texte a été repris il y a longtemps : ce que vous aviez écrit ici ne peut plus y être joint.") };
    case ENDED.tooLarge: return { text: gettext("Ce texte est trop long pour s’écrire à plusieurs.") };
    default: return { text: gettext("Ce fichier n’est plus un texte.") };
  }
}

async function copy(text: string): Promise<void> {
  const field = el("textarea", { "aria-hidden": "true" }, text);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    document.body.append(field); // no clipboard without HTTPS
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say(gettext("Copié"));
}
