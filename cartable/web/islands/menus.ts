/** A menu at a place (ARIA Authoring Practices, menu): arrows, Home, End, first letters, Escape; the focus comes back. */
import { el, icon, must } from "./element";
import { plain } from "./formats";

export type Item = { label: string; icon: string; key?: string; bad?: boolean; run: () => void } | null; // null: a line between

export function openMenu(items: Item[], at: { left: number; top: number }, label: string): void {
  document.querySelector(".popup")?.remove();
  const before = document.activeElement as HTMLElement | null;
  const menu = el("div", { class: "popup", role: "menu", "aria-label": label, tabindex: -1 });
  const leave = new AbortController();
  const close = (refocus: boolean): void => {
    leave.abort();
    menu.remove();
    if (refocus) before?.focus();
  };
  for (const item of items) menu.append(item ? line(item, close) : el("hr", { role: "separator" }));
  must(document, "main").append(menu); // in a landmark, so that nobody is lost
  const box = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(at.top, innerHeight - box.height - 8))}px`;
  const { signal } = leave;
  menu.addEventListener("keydown", (event) => key(menu, event, close), { signal });
  addEventListener("pointerdown", (event) => menu.contains(event.target as Node) || close(false), { signal });
  addEventListener("scroll", () => close(true), { signal, passive: true });
  addEventListener("blur", () => close(false), { signal });
  menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
}

function line(item: NonNullable<Item>, close: (refocus: boolean) => void): HTMLElement {
  const made = el(
    "button",
    { type: "button", role: "menuitem", tabindex: -1, class: item.bad && "bad" },
    icon(item.icon),
    el("span", {}, item.label),
    item.key && el("kbd", { "aria-hidden": "true" }, item.key),
  );
  made.addEventListener("click", () => {
    close(true);
    item.run();
  });
  return made;
}

function key(menu: HTMLElement, event: KeyboardEvent, close: (refocus: boolean) => void): void {
  const stops = [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const here = stops.indexOf(document.activeElement as HTMLElement);
  const go = (index: number): void => stops[(index + stops.length) % stops.length]?.focus();
  if (event.key === "ArrowDown") go(here + 1);
  else if (event.key === "ArrowUp") go(here - 1);
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(stops.length - 1);
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else if (event.key.length === 1 && /\p{L}/u.test(event.key)) {
    const begins = (one: HTMLElement): boolean => plain(one.innerText).trim().startsWith(plain(event.key));
    [...stops.slice(here + 1), ...stops].find(begins)?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
