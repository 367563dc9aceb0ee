/**
 * <web-page data-icons data-token></web-page>
 * What every page gains: Ctrl+K goes to the search, `a[data-open-sheet]` opens as a dialog, notices are heard, a lost
 * network is said, and `?` opens the help.
 */
import "./formats"; // with the menus, for lists and pads: what pages share is then one file
import "./menus";
import { Island, el, typing } from "./element";
import { type Answer, post } from "./requests";
import { type Done, occupied, openSheet } from "./sheets";
import { say, toast } from "./voice";
import { gettext } from "./words";

const SAID = "cartable:said"; // in this tab's session: what to tell on the next page

class Page extends Island {
  connect(signal: AbortSignal): void {
    document.addEventListener("keydown", (event) => key(event), { signal });
    document.addEventListener("click", (event) => click(event), { signal });
    document.addEventListener("web-done", (event) => done((event as CustomEvent<Done>).detail), { signal });
    addEventListener("offline", () => this.network(), { signal });
    addEventListener("online", () => this.network(), { signal });
    const bar = document.getElementById("menu");
    bring(bar?.querySelector("[aria-current]") ?? null);
    bar?.addEventListener("focusin", (event) => bring(event.target), { signal });
    recall();
    const notices = document.querySelector("[data-notices]")?.textContent?.trim();
    if (notices) say(notices);
    this.network();
    this.dataset["ready"] = "";
  }

  private network(): void {
    const told = this.querySelector(".offline");
    if (navigator.onLine) return told?.remove();
    if (!told) this.append(el("p", { class: "offline", role: "status" }, gettext("Hors ligne. Vos envois reprendront dès le retour du réseau.")));
  }
}

function key(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    document.querySelector<HTMLInputElement>("#q")?.select();
    event.preventDefault();
  } else if (event.key === "?" && !typing(event.target) && !occupied()) {
    void openSheet("/help");
    event.preventDefault();
  }
}

function click(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-open-sheet]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.closest("dialog")) return;
  event.preventDefault();
  void openSheet(link.href);
}

/** In the bar of a phone, which may hold more than its width, an entry is seen whole: that of the page, then that one comes to. */
function bring(entry: EventTarget | null): void {
  const bar = entry instanceof HTMLElement && entry.closest("#menu li")?.closest("#menu");
  if (bar) bar.scrollLeft = entry.offsetLeft - (bar.clientWidth - entry.offsetWidth) / 2;
}

/** Something was done in a sheet. A page with a list says so and draws it again by itself; any other shows what is new. */
function done({ answer, action, dialog }: Done): void {
  if (document.querySelector("drive-list[data-ready]")) return;
  if (dialog) return dialog.addEventListener("close", () => location.reload(), { once: true });
  sessionStorage.setItem(SAID, JSON.stringify(answer));
  if (/\/(discard|new)$/.test(new URL(action, location.href).pathname)) location.assign(answer.to);
  else location.reload();
}

/** Tells what was done on the page before this one. */
function recall(): void {
  const kept = sessionStorage.getItem(SAID);
  if (!kept) return;
  sessionStorage.removeItem(SAID);
  const { said, undo } = JSON.parse(kept) as Answer;
  toast(said, undo ? () => void post(undo).then(() => location.reload()) : undefined);
}

customElements.define("web-page", Page);
