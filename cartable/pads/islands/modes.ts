/**
 * What is shown of a pad: its text (edit), the text laid out (view), or both beside one another where there is room. As HedgeDoc
 * does, the address may say so, `?edit ?both ?view`; else the device remembers what was chosen last.
 */
import { must } from "../../web/islands/element";

const MODES = ["edit", "both", "view"] as const;
const KEYS: Record<string, Mode> = { KeyE: "edit", KeyB: "both", KeyV: "view" }; // with Ctrl and Alt, as in HedgeDoc
const KEPT = "pads-mode";

export type Mode = (typeof MODES)[number];

export class Modes {
  readonly #wide = matchMedia("(min-width: 60rem)");
  #chosen: Mode;

  /** `changed` is called with what is shown from now on, and whether a key asked for it. */
  constructor(
    readonly pad: HTMLElement,
    readonly changed: (mode: Mode, byKey: boolean) => void,
    signal: AbortSignal,
  ) {
    this.#chosen = said() ?? kept() ?? "both";
    const buttons = must<HTMLElement>(pad, ".modes");
    buttons.hidden = false;
    buttons.addEventListener("click", ({ target }) => this.#choose((target as Element).closest("button")?.dataset["mode"] as Mode), { signal });
    addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#wide.addEventListener("change", () => this.#show(false), { signal });
    this.#show(false);
  }

  /** What is shown: where there is no room for both, the text. */
  get mode(): Mode {
    return this.#chosen === "both" && !this.#wide.matches ? "edit" : this.#chosen;
  }

  /** Does what a key is for. Tells whether it is for anything. */
  press(code: string): boolean {
    const mode = KEYS[code];
    if (mode) this.#choose(mode, true);
    return Boolean(mode);
  }

  #key(event: KeyboardEvent): void {
    const asked = event.ctrlKey && event.altKey && !event.getModifierState("AltGraph"); // AltGr and E is a euro
    if (asked && this.press(event.code)) event.preventDefault();
  }

  #choose(mode: Mode | undefined, byKey = false): void {
    if (!mode) return;
    this.#chosen = mode;
    history.replaceState(history.state, "", `?${mode}`);
    try {
      localStorage.setItem(KEPT, mode);
    } catch {
      // a browser that remembers nothing
    }
    this.#show(byKey);
  }

  #show(byKey: boolean): void {
    this.pad.dataset["mode"] = this.mode;
    for (const button of this.pad.querySelectorAll<HTMLElement>("[data-mode][type=button]")) {
      button.setAttribute("aria-pressed", String(button.dataset["mode"] === this.mode));
    }
    this.changed(this.mode, byKey);
  }
}

/** What the address asks for. */
function said(): Mode | undefined {
  const asked = new URLSearchParams(location.search);
  return MODES.find((mode) => asked.has(mode));
}

function kept(): Mode | undefined {
  try {
    const found = localStorage.getItem(KEPT);
    return MODES.find((mode) => mode === found);
  } catch {
    return undefined;
  }
}
