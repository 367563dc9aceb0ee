/**
 * <dialog class="choices"><form method="dialog"> <select name="keys">… <input type="checkbox" name="spaces">… </form></dialog>
 * How one likes to write: a dialog whose fields count at once, and are kept on this device, for this person.
 */
import { must } from "../../web/islands/element";
import { type Typography } from "./typography";

/** `size` of letters, `width` of lines: for the style of the page. */
export type Choices = Typography & { keys: string; spelling: boolean; authors: boolean; size: string; width: string };

const DEFAULT = (): Choices => ({
  keys: "ordinary", spelling: true, authors: false, size: "normal", width: "full",
  spaces: document.documentElement.lang === "fr", quotes: false, dots: false,
});

/** Reads what was chosen, and has it `applied`, now and at each change. */
export function choices(dialog: HTMLDialogElement, person: string, applied: (now: Choices) => void): void {
  const form = must<HTMLFormElement>(dialog, "form"), key = `pads-choices:${person}`;
  const now: Choices = { ...DEFAULT(), ...kept(key) };
  for (const [name, value] of Object.entries(now)) {
    const field = form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
    if (typeof value === "boolean") (field as HTMLInputElement).checked = value;
    else field.value = value;
  }
  form.addEventListener("change", ({ target }) => {
    const field = target as HTMLInputElement;
    Object.assign(now, { [field.name]: field.type === "checkbox" ? field.checked : field.value });
    keep(key, now);
    applied(now);
  });
  applied(now);
}

function kept(key: string): Partial<Choices> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Choices>;
  } catch {
    return {};
  }
}

function keep(key: string, now: Choices): void {
  try {
    localStorage.setItem(key, JSON.stringify(now));
  } catch {
    // a browser that remembers nothing
  }
}
