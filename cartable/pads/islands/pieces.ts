/** The pieces that comments are shown with. */
import { el, icon } from "../../web/islands/element";
import { gettext } from "../../web/islands/words";
import { type Thread } from "./threads";

/** How threads were closed, in words. */
export const verdicts = (): Record<Thread["verdict"], string> => ({
  "": "",
  settled: gettext("Réglé"),
  accepted: gettext("Accepté"),
  declined: gettext("Refusé"),
});

/** A button; `key` finds it again after the list is drawn anew, and is its icon where it has no words. */
export function button(key: string, label: string, run: () => void, looks: string): HTMLButtonElement {
  const made = el("button", { type: "button", class: `act ${looks}`, "data-key": key || label }, looks.includes("icon-only") ? icon(key) : label);
  if (looks.includes("icon-only")) made.setAttribute("aria-label", label);
  made.addEventListener("click", run);
  return made;
}

export const list = (items: HTMLElement[]): HTMLElement | false => items.length > 0 && el("ol", { class: "threads" }, ...items);

export const labelled = (label: string, field: HTMLElement): HTMLElement => el("label", { class: "field" }, el("span", {}, label), field);

export const quoted = (text: string): HTMLElement => el("blockquote", {}, short(text));

export function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
