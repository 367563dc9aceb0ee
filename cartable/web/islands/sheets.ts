/**
 * Sheets: pages about one thing to do, opened as a dialog over the page one is on. The server's HTML is the dialog; its
 * forms go to the same addresses, and what they answer closes the dialog, or shows it again where it leads back to itself.
 */
import { el, must } from "./element";
import { type Answer, Refused, fetchPage, post } from "./requests";
import { say, toast } from "./voice";
import { gettext } from "./words";

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
    return toast(problem instanceof Refused ? problem.message : gettext("La page n’a pas pu être lue."));
  }
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

class Sheet {
  private url = "";

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
      throw new Refused(refusal ?? gettext("La page n’a pas pu être lue."), 0);
    }
    this.url = new URL(url, this.url || location.href).href;
    await Promise.all([...read.querySelectorAll<HTMLScriptElement>("script[type=module]")].map((script) => import(script.src)));
    for (const link of read.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")) wear(link.href);
    for (const relative of section.querySelectorAll<HTMLAnchorElement>("a[href^='?']")) relative.href = new URL(relative.getAttribute("href")!, this.url).href;
    const open = [...this.dialog.querySelectorAll("details[open]")].map((one) => one.className);
    this.dialog.replaceChildren(document.adoptNode(section));
    for (const one of this.dialog.querySelectorAll("details")) one.open = open.includes(one.className);
    if (this.dialog.open) (this.dialog.querySelector<HTMLElement>("[autofocus]") ?? must<HTMLElement>(this.dialog, ".close")).focus();
  }

  private click(event: MouseEvent): void {
    const target = event.target as Element;
    if (target === this.dialog && outside(this.dialog, event)) return this.dialog.close();
    const link = target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.hasAttribute("data-close")) this.dialog.close();
    else if (link.matches("[data-step], [data-open-sheet]")) void this.load(link.href).catch((problem: Error) => this.alert(problem.message));
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
      this.alert(problem.message);
    } finally {
      button?.removeAttribute("aria-disabled");
    }
  }

  private async end(action: string, answer: Answer): Promise<void> {
    const itself = new URL(answer.to, location.href).pathname === new URL(this.url).pathname;
    document.dispatchEvent(new CustomEvent<Done>("web-done", { detail: { answer, action, dialog: itself ? this.dialog : null } }));
    if (!itself) return this.dialog.close();
    say(answer.said);
    await this.load(answer.to);
  }

  private alert(text: string): void {
    this.dialog.querySelector("[data-alert]")?.remove();
    const told = el("p", { class: "notice bad", role: "alert", "data-alert": true }, text);
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
