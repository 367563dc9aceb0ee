/**
 * <drive-drop data-folder="12" data-path="/Cours" data-sub="…" data-upload="/f/12/upload" data-full="/room?space=3"></drive-drop>
 * Takes files and folders dropped on the page, pasted, or chosen with the button; shows what goes up, and lets one cancel,
 * try again, and say what becomes of names already taken. Without it the button leads to a form.
 */
import { Island, el, icon, typing } from "../../web/islands/element";
import { size, wait } from "../../web/islands/formats";
import { openMenu } from "../../web/islands/menus";
import { type Way, post, renew } from "../../web/islands/requests";
import { say } from "../../web/islands/voice";
import { fill, gettext, ngettext, number } from "../../web/islands/words";
import { type Choice, askChoice, numbered } from "./conflicts";
import { type Dropped, dropped, picked } from "./dropped";
import { Upload, makeFolder } from "./upload";
import { Conflict } from "./wire";

const FULL = 507; // status: no room in the space
const LANES = 3; // files at once
const LINES = 100; // shown; a folder may hold thousands

type Task = { path: string; file: File; stop: AbortController; upload?: Upload; line?: Line; state: "waits" | "goes" | "asks" | "done" | "failed" | "skipped"; problem?: Error; id?: number };
type Line = { box: HTMLElement; bar: HTMLProgressElement; said: HTMLElement; button: HTMLButtonElement };

const LOST = (): string => gettext("Connexion perdue, nouvel essai…");

/** Bytes of a file that are where they go. */
const gone = (task: Task): number => (task.state === "done" ? task.file.size : task.state === "asks" ? 0 : (task.upload?.sent ?? 0));

class DriveDrop extends Island {
  private tasks: Task[] = [];
  private running = 0;
  private always: Choice | null = null;
  private asking: Promise<unknown> = Promise.resolve();
  private panel: HTMLElement | null = null;
  private startedAt = 0;
  private drawn = false;
  private lost = false; // the server does not answer: what goes is tried again

  connect(signal: AbortSignal): void {
    const on = <K extends keyof DocumentEventMap>(name: K, run: (event: DocumentEventMap[K]) => void): void => document.addEventListener(name, run, { signal });
    on("dragover", (event) => this.over(event));
    on("dragleave", (event) => event.relatedTarget === null && this.veil(false));
    on("drop", (event) => void this.drop(event));
    on("paste", (event) => this.paste(event));
    document.addEventListener("drive-lost", () => this.lose(), { signal });
    addEventListener("beforeunload", (event) => this.running > 0 && event.preventDefault(), { signal });
    const button = document.querySelector<HTMLElement>("[data-act=upload]");
    button?.setAttribute("aria-haspopup", "menu");
    button?.addEventListener("click", (event) => (event.preventDefault(), this.offer(button)), { signal });
    this.dataset["ready"] = "";
  }

  private offer(button: HTMLElement): void {
    const { left, bottom } = button.getBoundingClientRect();
    const items = [
      { label: gettext("Des fichiers"), icon: "file", run: () => this.browse(false) },
      { label: gettext("Un dossier"), icon: "folder", run: () => this.browse(true) },
    ];
    openMenu(items, { left, top: bottom + 4 }, gettext("Déposer"));
  }

  private browse(folder: boolean): void {
    const field = el("input", { type: "file", multiple: true, webkitdirectory: folder, hidden: true, "aria-hidden": "true" });
    field.addEventListener("change", () => (field.files && this.add(picked(field.files)), field.remove()));
    field.addEventListener("cancel", () => field.remove());
    this.append(field);
    field.click();
  }

  private over(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    this.veil(true);
  }

  private async drop(event: DragEvent): Promise<void> {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.veil(false);
    this.add(await dropped(event.dataTransfer.items));
  }

  private paste(event: ClipboardEvent): void {
    const files = event.clipboardData?.files;
    if (!files?.length || typing(event.target)) return;
    event.preventDefault();
    this.add([...files].map((file) => ({ path: file.name, file })));
  }

  private veil(on: boolean): void {
    const shown = this.querySelector(".dropping");
    if (!on) return shown?.remove();
    if (!shown) this.append(el("p", { class: "dropping" }, gettext("Lâchez pour déposer ici")));
  }

  // The queue

  private async makeFolders(paths: string[]): Promise<void> {
    const stop = new AbortController();
    for (const path of paths) await (this.dataset["path"] ? makeFolder(this.at(path), stop.signal) : post(this.dataset["upload"]!, { through: path }));
  }

  private add(found: Dropped[]): void {
    if (!found.length) return;
    if (!this.running) [this.always, this.startedAt, this.tasks] = [null, performance.now(), this.tasks.filter((task) => task.state === "failed")];
    const folders = found.filter((one) => !one.file).map((one) => one.path);
    for (const { path, file } of found) {
      if (file) this.tasks.push({ path, file, stop: new AbortController(), state: "waits" });
    }
    this.show();
    const count = this.tasks.filter((task) => task.state === "waits").length;
    if (count) say(fill(ngettext("Envoi de %(count)s fichier", "Envoi de %(count)s fichiers", count), { count }));
    this.makeFolders(folders).then(
      () => {
        if (!this.tasks.length) this.end();
        for (let lane = this.running; lane < LANES; lane++) void this.lane();
      },
      (problem: Error) => this.tasks.forEach((task) => this.fail(task, problem)),
    );
  }

  private async lane(): Promise<void> {
    this.running++;
    for (;;) {
      const task = this.tasks.find((one) => one.state === "waits");
      if (!task) break;
      task.state = "goes";
      await this.send(task);
      this.show();
    }
    if (--this.running === 0) this.end();
  }

  private async send(task: Task): Promise<void> {
    try {
      task.id = this.dataset["path"] ? await this.byPieces(task) : await this.byForm(task);
      if (task.state === "goes") task.state = "done";
    } catch (problem) {
      if (task.stop.signal.aborted) task.state = "skipped";
      else this.fail(task, problem as Error);
    }
  }

  private lose(): void {
    if (!this.lost) say(LOST());
    this.lost = true;
    this.show();
  }

  /** Bytes went, or an answer came. */
  private went(): void {
    this.lost = false;
    this.show();
  }

  private async byPieces(task: Task): Promise<number> {
    let [path, replace] = [task.path, false];
    for (let copy = 2; ; copy++) {
      task.upload = new Upload(task.file, this.at(path), task.stop.signal, () => this.went());
      try {
        return await task.upload.run(replace);
      } catch (problem) {
        if (!(problem instanceof Conflict)) throw problem;
        const choice = copy > 2 && path !== task.path ? "both" : await this.choose(task);
        if (choice === "skip") return ((task.state = "skipped"), 0);
        if (choice === "replace") replace = true;
        else path = numbered(task.path, copy);
      }
    }
  }

  /** Where sync clients do not see the folder there is no path to send pieces to: the form takes the file whole. */
  private async byForm(task: Task): Promise<number> {
    const form = new FormData();
    form.append("through", task.path.split("/").slice(0, -1).join("/"));
    form.append("file", task.file, task.file.name);
    const answer = (await post(this.dataset["upload"]!, form)) as unknown as { nodes?: number[] };
    return answer.nodes?.[0] ?? 0;
  }

  /** One question at a time, however many files wait for an answer. */
  private choose(task: Task): Promise<Choice> {
    task.state = "asks";
    this.show();
    const answer = this.asking.then(async () => {
      if (this.always) return this.always;
      const left = this.tasks.filter((one) => one.state === "waits" || one.state === "goes" || one.state === "asks").length;
      const mine = { size: task.file.size, mtime: task.file.lastModified / 1000 };
      const { choice, always } = await askChoice(task.path, mine, (await task.upload?.there()) ?? null, left > 1);
      if (always) this.always = choice;
      return choice;
    });
    this.asking = answer;
    return answer.finally(() => task.state === "asks" && (task.state = "goes"));
  }

  private at(path: string): { sub: string; path: string } {
    const base = this.dataset["path"]!;
    return { sub: this.dataset["sub"]!, path: [base === "/" ? "" : base, path].join("/") };
  }

  private fail(task: Task, problem: Error): void {
    [task.state, task.problem] = ["failed", problem];
    this.show();
    say([task.path, problem.message].join("\u00a0: "));
  }

  /** Where one signs in again, beside this page, which keeps the files; or sees what fills the space, if it is one's own and full. */
  private wayOut(problem: Error): (string | Node)[] {
    const { way } = problem as { way?: Way };
    if (way) return [" ", el("a", { href: way.href, target: "_blank" }, way.label)];
    const href = this.dataset["full"];
    return href && "status" in problem && problem.status === FULL ? [" ", el("a", { href }, gettext("Voir ce qui prend de la place"))] : [];
  }

  private end(): void {
    this.show();
    const done = this.tasks.filter((task) => task.state === "done");
    const failed = this.tasks.filter((task) => task.state === "failed").length;
    const top = done.filter((task) => !task.path.includes("/") && task.id).map((task) => task.id!);
    document.dispatchEvent(new CustomEvent("drive-arrived", { detail: top }));
    const [first] = done;
    if (done.length === 1 && first) say(fill(gettext("« %(name)s » est déposé."), { name: first.path }));
    else if (done.length) say(fill(ngettext("%(count)s fichier déposé.", "%(count)s fichiers déposés.", done.length), { count: done.length }));
    if (!failed) window.setTimeout(() => this.running === 0 && this.close(), 4000);
  }

  // What it shows

  private close(): void {
    this.panel?.remove();
    this.panel = null;
    this.tasks = [];
  }

  private show(): void {
    if (this.drawn) return;
    this.drawn = true; // once a frame, however often bytes are counted
    requestAnimationFrame(() => ((this.drawn = false), this.draw()));
  }

  private draw(): void {
    if (!this.tasks.length) return;
    this.panel ??= this.makePanel();
    const list = this.panel.querySelector("ul")!;
    for (const task of this.tasks.slice(0, LINES)) {
      if (!task.line) list.append((task.line = this.makeLine(task)).box);
      this.drawLine(task, task.line);
    }
    const counted = this.tasks.filter((task) => task.state !== "skipped" && task.state !== "failed");
    const total = counted.reduce((sum, task) => sum + task.file.size, 0);
    const sent = counted.reduce((sum, task) => sum + gone(task), 0);
    const done = this.tasks.filter((task) => task.state === "done").length;
    this.panel.querySelector("strong")!.textContent = this.heading(done, sent, total);
    const bar = this.panel.querySelector<HTMLProgressElement>(":scope > progress")!;
    [bar.max, bar.value] = [Math.max(1, total), total ? sent : 1];
    this.panel.querySelector<HTMLElement>("[data-stop]")!.hidden = this.running === 0;
  }

  private heading(done: number, sent: number, total: number): string {
    const count = this.tasks.length;
    if (this.running === 0) return fill(ngettext("%(done)s fichier déposé sur %(count)s", "%(done)s fichiers déposés sur %(count)s", done), { done, count });
    const left = ((total - sent) / Math.max(1, sent)) * ((performance.now() - this.startedAt) / 1000);
    const share = `${number(total ? (100 * sent) / total : 0)}\u00a0%`;
    const soon = wait(left);
    const going = fill(ngettext("%(count)s fichier, %(share)s", "%(count)s fichiers, %(share)s", count), { count, share });
    if (this.lost) return LOST();
    return soon && sent && !this.tasks.some((task) => task.state === "asks") ? fill(gettext("%(going)s, encore %(soon)s"), { going, soon }) : going;
  }

  private makePanel(): HTMLElement {
    const stop = el("button", { type: "button", class: "act small", "data-stop": true }, gettext("Tout annuler"));
    stop.addEventListener("click", () => this.tasks.forEach((task) => (task.state === "waits" && (task.state = "skipped"), task.stop.abort())));
    const shut = el("button", { type: "button", class: "act bare icon-only", "aria-label": gettext("Fermer") }, icon("close", 18));
    shut.addEventListener("click", () => (this.panel?.toggleAttribute("hidden", true), this.running === 0 && this.close()));
    const panel = el(
      "section",
      { class: "sending", "aria-label": gettext("Envois") },
      el("header", {}, el("strong", {}), stop, shut),
      el("progress", { class: "meter", "aria-label": gettext("Avancement de tous les envois") }),
      el("ul", { tabindex: 0, role: "list", "aria-label": gettext("Fichiers envoyés") }),
    );
    this.append(panel);
    return panel;
  }

  private makeLine(task: Task): Line {
    const name = task.path;
    const bar = el("progress", { class: "meter", max: Math.max(1, task.file.size), "aria-label": fill(gettext("Avancement de %(name)s"), { name }) });
    const said = el("small", {});
    const button = el("button", { type: "button", class: "act bare icon-only" });
    button.addEventListener("click", () => this.press(task));
    const box = el("li", {}, el("span", { class: "cut", title: name }, name), bar, said, button);
    return { box, bar, said, button };
  }

  private press(task: Task): void {
    if (task.state === "failed") {
      [task.state, task.stop] = ["waits", new AbortController()];
      renew().then(
        () => this.running < LANES && void this.lane(),
        (problem: Error) => this.fail(task, problem),
      );
    } else {
      task.state = task.state === "waits" ? "skipped" : task.state;
      task.stop.abort();
    }
    this.show();
  }

  private drawLine(task: Task, { box, bar, said, button }: Line): void {
    const { name } = { name: task.path };
    const sent = gone(task);
    bar.value = sent || (task.state === "done" ? 1 : 0);
    bar.hidden = task.state !== "goes";
    box.className = task.state;
    button.hidden = task.state === "done" || task.state === "skipped";
    const retry = task.state === "failed";
    const label = fill(retry ? gettext("Réessayer %(name)s") : gettext("Annuler %(name)s"), { name });
    if (button.getAttribute("aria-label") !== label) {
      button.setAttribute("aria-label", label);
      button.replaceChildren(icon(retry ? "retry" : "close", 18));
    }
    if (task.state === "waits") said.textContent = gettext("En attente");
    else if (task.state === "goes") said.textContent = fill(gettext("%(sent)s sur %(total)s"), { sent: size(sent), total: size(task.file.size) });
    else if (task.state === "asks") said.textContent = gettext("Attend votre choix");
    else if (task.state === "done") said.textContent = gettext("Déposé");
    else if (task.state === "failed" && task.problem) {
      said.replaceChildren(task.problem.message, ...this.wayOut(task.problem));
      delete task.problem; // told once: a refusal may come before the line is drawn, and its link keeps the focus after
    } else if (task.state === "skipped") said.textContent = gettext("Annulé");
  }
}

customElements.define("drive-drop", DriveDrop);
