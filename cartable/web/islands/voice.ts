/** What islands tell: to the ear by the live region of the frame, to the eye by a toast that may carry an undo. */
import { el, icon } from "./element";
import { type Refused } from "./requests";
import { gettext } from "./words";

const SHOWN_MS = 9000;

/** Says something politely. The region is in the page from the start, and emptied before: else it is not heard. */
export function say(text: string): void {
  const region = document.querySelector("#voice");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}

/** Shows why something was refused, with the way out of it. */
export function refused({ message, way }: Refused): void {
  toast(message, way && (() => location.assign(way.href)), way?.label);
}

/** Shows a sentence for a while, longer while it is pointed at or has the focus; `act` is by default to undo. */
export function toast(text: string, act?: () => void, label = gettext("Annuler")): void {
  say(text);
  const shut = el("button", { class: "shut", type: "button", "aria-label": gettext("Fermer") }, icon("close", 18));
  const button = act && el("button", { type: "button" }, label);
  const shown = el("div", { class: "toast" }, el("span", {}, text), button, shut);
  let timer = 0;
  const hide = (): void => shown.remove();
  const start = (): void => void (timer = window.setTimeout(hide, SHOWN_MS));
  const stop = (): void => window.clearTimeout(timer);
  for (const event of ["pointerenter", "focusin"]) shown.addEventListener(event, stop);
  for (const event of ["pointerleave", "focusout"]) shown.addEventListener(event, start);
  shut.addEventListener("click", hide);
  button?.addEventListener("click", () => (hide(), act?.()));
  const all = shelf();
  all.replaceChildren(...[...all.children].slice(-2), shown);
  start();
}

function shelf(): HTMLElement {
  const there = document.querySelector<HTMLElement>(".toasts");
  if (there) return there;
  const made = el("div", { class: "toasts", role: "region", "aria-label": gettext("Messages") });
  document.body.append(made);
  return made;
}
