/**
 * Sheets: pages about one thing to do, opened as a dialog over the page one is on. The server's HTML is the dialog; its
 * forms go to the same addresses, and what they answer closes the dialog, or shows it again where it leads back to itself.
 */
import { el, icon, must } from "./element";
import { type Answer, Refused, UNREAD, fetchPage, post } from "./requests";
import { refused, say } from "./voice";

/** What a sheet did. `dialog` is the one it is in, where it stays open. */
export type Done = { answer: Answer; action: string; dialog: HTMLDialogElement | null };

/** Takes over a form of the sheet: returns true if it did what the form asks. */
export type Taken = (form: HTMLFormElement, close: () => void) => boolean;

let opening = false;

/** Whether a dialog or a menu is there or on its way: letters typed now are meant for it. */
export const occupied = (): boolean => opening || document.querySelector("dialog[open], .popup") !== null;

/** Opens a page as a dialog, and returns once it is shown. */
export async function openSheet(url: string, taken: Taken = () => false): Promise<void> {
  if (opening) return;
  opening = true;
  await show(url, taken).finally(() => (opening = false));
}

async function show(url: string, taken: Taken): Promise<void> {
  const dialog = el("dialog", { "aria-labelledby": "sheet-title" });
  const sheet = new Sheet(dialog, taken);
  try {
    await sheet.load(url);
  } catch (problem) {
    return refused(problem instanceof Refused ? problem : new Refused(UNREAD(), 0));
  }
  document.body.append(dialog);
  dialog.addEventListener("close", () => leave(dialog));
  dialog.showModal();
}

/** Takes a dialog away. If what had the focus before it was drawn anew, the page is asked to give it: it is not lost. */
function leave(dialog: HTMLDialogElement): void {
  dialog.remove();
  if (document.activeElement === document.body) document.dispatchEvent(new Event("web-back"));
}

class Sheet {
  private url = "";
  private readonly seen = new Set<string>(); // pages shown here: what is done on one of them may lead back to another

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly taken: Taken,
  ) {
    dialog.addEventListener("click", (event) => this.click(event));
    dialog.addEventListener("submit", (event) => this.submit(event));
    dialog.addEventListener("web-load", (event) => void this.load((event as CustomEvent<string>).detail));
  }

  async load(url: string): Promise<void> {
    const read = await fetchPage(new URL(url, this.url || location.href).href);
    const section = read.querySelector<HTMLElement>("[data-sheet]");
    if (!section) {
      const refusal = read.querySelector<HTMLElement>("[data-refusal]")?.dataset["refusal"];
      throw new Refused(refusal ?? UNREAD(), 0);
    }
    this.url = new URL(url, this.url || location.href).href;
    this.seen.add(new URL(this.url).pathname);
    await Promise.all([...read.querySelectorAll<HTMLScriptElement>("script[type=module]")].map((script) => import(script.src)));
    for (const link of read.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")) wear(link.href);
    for (const relative of section.querySelectorAll<HTMLAnchorElement>("a[href^='?']")) relative.href = new URL(relative.getAttribute("href")!, this.url).href;
    this.dialog.replaceChildren(document.adoptNode(section));
    if (this.dialog.open) this.focus();
  }

  /** Gives the focus to what the address names, else to where the sheet begins. */
  private focus(): void {
    const { hash } = new URL(this.url);
    const named = hash && this.dialog.querySelector(hash)?.querySelector<HTMLElement>("button, select, a");
    (named || this.dialog.querySelector<HTMLElement>("[autofocus]") || must<HTMLElement>(this.dialog, ".close")).focus();
  }

  private click(event: MouseEvent): void {
    const target = event.target as Element;
    if (target === this.dialog && outside(this.dialog, event)) return this.dialog.close();
    const link = target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.hasAttribute("data-close")) this.dialog.close();
    else if (link.matches("[data-step], [data-open-sheet]")) void this.load(link.href).catch((problem: Refused) => this.alert(problem));
    else return;
    event.preventDefault();
  }

  private submit(event: SubmitEvent): void {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    if (form.method === "get") {
      const fields = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
      return void this.load(`${form.action.split("?")[0]}?${fields}`);
    }
    if (!this.taken(form, () => this.dialog.close())) void this.send(form, event.submitter);
  }

  private async send(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
    button?.setAttribute("aria-disabled", "true");
    try {
      const answer = await post(form.action, new FormData(form, button as HTMLButtonElement | null));
      await this.end(form.action, answer);
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      this.alert(problem);
    } finally {
      button?.removeAttribute("aria-disabled");
    }
  }

  private async end(action: string, answer: Answer): Promise<void> {
    const stays = this.dialog.open && this.seen.has(new URL(answer.to, location.href).pathname); // unless they shut it meanwhile
    document.dispatchEvent(new CustomEvent<Done>("web-done", { detail: { answer, action, dialog: stays ? this.dialog : null } }));
    if (!stays) return this.dialog.close();
    await this.load(answer.to);
    if (answer.said) this.tell(answer.said);
  }

  /** Says what was done where it can be seen: a dialog is above all toasts. */
  private tell(text: string): void {
    say(text);
    this.put(el("p", { class: "notice good" }, icon("check"), text));
  }

  private alert(problem: Refused): void {
    if (!this.dialog.open) return refused(problem);
    this.put(el("p", { class: "notice bad", role: "alert" }, icon("warning"), problem.message, problem.way && el("a", { href: problem.way.href }, problem.way.label)));
  }

  private put(told: HTMLElement): void {
    this.dialog.querySelector(":scope > * > .notice.told")?.remove();
    told.classList.add("told");
    must(this.dialog, "header").after(told);
  }
}

function outside(dialog: HTMLElement, event: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

function wear(href: string): void {
  if (![...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")].some((link) => link.href === href)) {
    document.head.append(el("link", { rel: "stylesheet", href }));
  }
}
