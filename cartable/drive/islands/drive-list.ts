/**
 * <drive-list src="/f/12.json" data-folder="12" data-write="1"> filter, form and table of the first rows </drive-list>
 *
 * The server's table works alone: names are links, boxes belong to a form, headers sort. Here the same table becomes a
 * grid (ARIA Authoring Practices, grid, the row is the unit of focus): every row of the folder is known, those on the
 * screen are in the page, the window scrolls. Names are compared by the server only: rows come in their order.
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { Island, el, must, typing } from "../../web/islands/element";
import { plain } from "../../web/islands/formats";
import { openMenu } from "../../web/islands/menus";
import { Refused, read } from "../../web/islands/requests";
import { type Done, occupied } from "../../web/islands/sheets";
import { refused, say } from "../../web/islands/voice";
import { fill, gettext, ngettext, number } from "../../web/islands/words";
import { Acts, type List, stem } from "./acts";
import "./drop";
import { dragRows } from "./drag";
import { ID, MTIME, NAME, type Row, SIZE, draw, isFolder } from "./rows";

const SPARE = 12; // rows kept above and below the window
const TYPING_MS = 800;

class DriveList extends Island implements List {
  private all: Row[] = [];
  private rows: Row[] = [];
  private chosen = new Set<number>();
  private fresh = new Set<number>(); // what has just come: marked until something else is done
  private current = 0; // index of the row that has the tab stop
  private anchor = 0; // where a range starts: the row last chosen
  private extending = false;
  private first = -1;
  private height = 44;
  private typed = "";
  private typedAt = 0;
  private sort = { key: "name", down: false };
  private filtered = "";
  private body!: HTMLTableSectionElement;
  private table!: HTMLTableElement;
  private bar!: HTMLElement;
  private everyone!: HTMLInputElement;
  readonly folder = this.dataset["folder"]!;
  readonly writable = this.dataset["write"] === "1";
  readonly name = this.dataset["name"]!;
  private readonly acts = new Acts(this);

  async connect(signal: AbortSignal): Promise<void> {
    this.table = must(this, "table.rows");
    this.body = must(this.table, "tbody.body");
    this.bar = must(this, ".chosen");
    this.height = parseInt(getComputedStyle(this).getPropertyValue("--row"), 10) || this.height;
    this.sort = { key: (this.dataset["sort"] ?? "name").replace("-", ""), down: this.dataset["sort"]?.startsWith("-") ?? false };
    const filter = must<HTMLInputElement>(this, "#filter");
    this.filtered = filter.value;
    if (!(await this.load())) return;
    this.become(signal);
    filter.addEventListener("input", () => this.filter(filter.value), { signal });
    filter.addEventListener("keydown", (event) => event.key === "ArrowDown" && (event.preventDefault(), this.focusRow()), { signal });
    filter.form!.addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.arrange();
    this.choose([], false);
    this.arrive();
    this.dataset["ready"] = "";
  }

  private become(signal: AbortSignal): void {
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-multiselectable", "true");
    this.everyone = el("input", { type: "checkbox", "aria-label": gettext("Tout sélectionner") });
    must(this.table, "th.box").replaceChildren(this.everyone);
    this.everyone.addEventListener("change", () => this.choose(this.everyone.checked ? this.rows.map((row) => row[ID]) : []), { signal });
    addEventListener("scroll", () => this.paint(false), { signal, passive: true });
    addEventListener("resize", () => this.paint(), { signal });
    document.addEventListener("keydown", (event) => this.shortcut(event), { signal });
    document.addEventListener("web-done", (event) => this.told((event as CustomEvent<Done>).detail), { signal });
    document.addEventListener("web-back", () => this.focusRow(), { signal });
    document.addEventListener("drive-arrived", (event) => void this.refresh((event as CustomEvent<number[]>).detail), { signal });
    this.body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault(), { signal }); // no text selection
    this.body.addEventListener("click", (event) => this.pick(event), { signal });
    this.body.addEventListener("dblclick", (event) => this.open(this.indexOf(event.target), event), { signal });
    this.body.addEventListener("keydown", (event) => this.key(event), { signal });
    this.body.addEventListener("contextmenu", (event) => this.context(event), { signal });
    must(this.table, "thead").addEventListener("click", (event) => this.sortFrom(event as MouseEvent), { signal });
    this.bar.addEventListener("click", (event) => this.act(event), { signal });
    for (const side of this.table.querySelectorAll<HTMLElement>(".space")) {
      side.hidden = false;
      side.setAttribute("aria-hidden", "true");
    }
    if (this.writable) dragRows(this, this.body, (id) => this.dragged(id), (ids, into) => void this.acts.put("move", ids, into), signal);
  }

  /** Returns to the row one came from, or goes to the one the address names. */
  private arrive(): void {
    const wanted = Number(location.hash.slice(2)) || (history.state as { row?: number } | null)?.row;
    const index = this.rows.findIndex((row) => row[ID] === wanted);
    if (index >= 0) this.go(index, false, location.hash.length > 1);
    addEventListener("pagehide", () => history.replaceState({ row: this.rows[this.current]?.[ID] }, ""), { once: true });
  }

  // Loading

  private async load(): Promise<boolean> {
    try {
      const { rows, room } = await read<{ rows: Row[]; room: string }>(this.getAttribute("src")!);
      this.all = rows;
      must(this, "[data-room]").textContent = room;
      return true;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      refused(problem);
      return false;
    }
  }

  /** Reads the folder again; rows that have just come are marked and shown, not chosen: an act is about what one chose. */
  async refresh(show: number[] = [], focus = false): Promise<void> {
    if (!(await this.load())) return;
    const here = this.rows[this.current]?.[ID];
    this.arrange();
    const there = new Set(this.all.map((row) => row[ID]));
    const shown = show.filter((id) => there.has(id));
    const index = this.rows.findIndex((row) => row[ID] === (shown[0] ?? here));
    if (index >= 0) this.current = index;
    this.fresh = new Set(shown);
    this.choose(shown.length ? [] : [...this.chosen].filter((id) => there.has(id)), false);
    if (!shown.length) return;
    this.anchor = this.current;
    this.go(this.current, false, focus || this.idle());
  }

  /** Takes rows away before the server says they went: the list answers at once, and is read again in any case. */
  leave(ids: number[]): void {
    const gone = new Set(ids);
    const had = this.body.contains(document.activeElement);
    this.all = this.all.filter((row) => !gone.has(row[ID]));
    this.chosen = new Set([...this.chosen].filter((id) => !gone.has(id)));
    this.arrange();
    this.choose([...this.chosen], false);
    if (had || this.idle()) this.focusRow();
  }

  private told({ answer, action, dialog }: Done): void {
    if (dialog) return void this.refresh();
    const { pathname } = new URL(action, location.href);
    this.acts.told(answer.said, [answer.undo]);
    void this.refresh(/\/(new|rename|star)$/.test(pathname) && answer.node ? [answer.node] : [], true);
  }

  // Order

  private arrange(): void {
    const wanted = plain(this.filtered);
    const rows = wanted ? this.all.filter((row) => plain(row[NAME]).includes(wanted)) : [...this.all];
    const { key, down } = this.sort;
    if (key === "name" && down) rows.reverse();
    else if (key !== "name") {
      const at = key === "size" ? SIZE : MTIME;
      rows.sort((a, b) => (down ? -1 : 1) * (a[at] - b[at]));
    }
    this.rows = [...rows.filter(isFolder), ...rows.filter((row) => !isFolder(row))];
    this.current = Math.max(0, Math.min(this.current, this.rows.length - 1));
    this.table.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.table.hidden = !this.rows.length;
    const empty = must<HTMLElement>(this, "[data-empty]");
    empty.hidden = this.rows.length > 0;
    must(empty, "strong").textContent = wanted ? gettext("Aucun document ne porte ce nom.") : gettext("Ce dossier est vide.");
    empty.querySelector("p")?.toggleAttribute("hidden", wanted !== "");
    must<HTMLElement>(this, ".filter").hidden = !this.all.length;
    const count = this.all.length;
    const total = fill(ngettext("%(count)s élément", "%(count)s éléments", count), { count });
    must(this, "[data-total]").textContent = wanted ? fill(gettext("%(kept)s sur %(total)s"), { kept: this.rows.length, total }) : total;
    this.paint();
  }

  private sortFrom(event: MouseEvent): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-sort]");
    if (!link) return;
    event.preventDefault();
    const key = link.dataset["sort"]!;
    const down = this.sort.key === key ? !this.sort.down : key !== "name";
    this.sort = { key, down };
    for (const other of this.table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    link.closest("th")!.setAttribute("aria-sort", down ? "descending" : "ascending");
    this.current = 0;
    this.arrange();
    const by = link.innerText.trim().toLowerCase();
    say(fill(down ? gettext("Trié par %(by)s, ordre décroissant") : gettext("Trié par %(by)s, ordre croissant"), { by }));
  }

  private filter(text: string): void {
    this.filtered = text;
    this.current = this.anchor = 0;
    this.arrange();
    const count = this.rows.length;
    if (text) say(fill(ngettext("%(count)s résultat", "%(count)s résultats", count), { count }));
  }

  // Drawing: rows of the window only; spacers keep the scroll bar honest

  paint(force = true): void {
    const top = must(this.table, ".before").getBoundingClientRect().top;
    const from = Math.max(0, Math.min(this.rows.length, Math.floor(-top / this.height)) - SPARE);
    if (!force && Math.abs(from - this.first) < SPARE / 2) return;
    const to = Math.min(this.rows.length, from + Math.ceil(innerHeight / this.height) + 2 * SPARE);
    const focused = this.body.contains(document.activeElement);
    this.first = from;
    this.body.replaceChildren(...this.rows.slice(from, to).map((row, at) => this.tr(row, from + at)));
    this.space("before", from);
    this.space("after", this.rows.length - to);
    if (focused) this.line(this.current)?.focus({ preventScroll: true });
  }

  private space(where: "before" | "after", rows: number): void {
    must<HTMLElement>(this.table, `.${where} td`).style.height = `${rows * this.height}px`; // by CSSOM: the policy allows it
  }

  private tr(row: Row, index: number): HTMLTableRowElement {
    const id = row[ID];
    const state = this.acts.cut.has(id) ? "cut" : this.fresh.has(id) && "fresh";
    return draw(row, { index, current: index === this.current, chosen: this.chosen.has(id), state });
  }

  private line(index: number): HTMLElement | null {
    return this.body.querySelector<HTMLElement>(`[data-index="${index}"]`);
  }

  private indexOf(target: EventTarget | null): number {
    return Number((target as Element | null)?.closest<HTMLElement>("tr")?.dataset["index"] ?? -1);
  }

  // Moving

  private focusRow(): void {
    this.go(this.current, false);
  }

  private go(index: number, extend: boolean, focus = true): void {
    index = Math.max(0, Math.min(this.rows.length - 1, index));
    if (!this.rows.length) return;
    const was = this.current;
    this.current = index;
    if (extend && !this.extending) this.anchor = was;
    this.extending = extend;
    this.reveal(index);
    if (extend) this.range(this.anchor, index);
    else if (!this.line(index)) this.paint();
    this.line(was)?.setAttribute("tabindex", "-1");
    this.line(index)?.setAttribute("tabindex", "0");
    if (focus) this.line(index)?.focus({ preventScroll: true });
  }

  private reveal(index: number): void {
    const start = must(this.table, ".before").getBoundingClientRect().top + index * this.height;
    const [top, bottom] = [must(this.table, "thead").getBoundingClientRect().bottom, innerHeight - (this.chosen.size ? 96 : 24)];
    if (start < top) scrollBy({ top: start - top, behavior: "instant" });
    else if (start + this.height > bottom) scrollBy({ top: start + this.height - bottom, behavior: "instant" });
  }

  private key(event: KeyboardEvent): void {
    if (typing(event.target) || occupied()) return;
    const inside = (event.target as Element).closest("tr") !== event.target;
    const screen = Math.max(1, Math.floor(innerHeight / this.height) - 5);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: screen, PageUp: -screen, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    const { key, shiftKey, altKey } = event;
    const command = event.ctrlKey || event.metaKey;
    if (altKey) return;
    if (step !== undefined && !command) this.go(this.current + step, shiftKey);
    else if (key === "ArrowRight") this.walk(1);
    else if (key === "ArrowLeft") this.walk(-1);
    else if (key === " " && !inside) this.toggle(this.current, shiftKey);
    else if (key === "Enter" && !inside) this.open(this.current);
    else if (key === "F10" && shiftKey) this.menu(this.current);
    else if (key.length === 1 && key !== "/" && key !== "?" && key !== " " && !command && !inside) this.find(key);
    else return;
    event.preventDefault();
  }

  /** What works wherever the focus is on the page, but in a field, a dialog or a menu. */
  private shortcut(event: KeyboardEvent): void {
    if (event.defaultPrevented || typing(event.target) || occupied()) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const rows = this.aimed();
    const [only] = rows;
    const outside = !this.body.contains(event.target as Node);
    if (command && key === "a") this.choose(this.rows.map((row) => row[ID]));
    else if (command && key === "x") this.acts.keep("move", rows);
    else if (command && key === "c" && !getSelection()?.toString()) this.acts.keep("copy", rows);
    else if (command && key === "v") void this.acts.paste();
    else if (command && key === "z") void this.acts.undo();
    else if (command) return;
    else if (event.altKey && key === "arrowup") this.up();
    else if (event.altKey) return;
    else if (key === "escape" && this.chosen.size) this.choose([]);
    else if (key === "f2" && only && this.writable) this.edit(only);
    else if (key === "delete" && rows.length && this.writable) void this.acts.discard(rows);
    else if (key === "/") must<HTMLElement>(this, "#filter").focus();
    else if (outside && (key === "n" || key === "u" || key === "s")) this.letter(key);
    else if (this.idle() && (key === "arrowdown" || key === "home") && this.rows.length) this.focusRow();
    else return;
    event.preventDefault();
  }

  private letter(key: string): void {
    const act = { n: "new", u: "upload", s: "share" }[key];
    document.querySelector<HTMLElement>(`.head [data-act=${act}]`)?.click();
  }

  private idle(): boolean {
    return !document.activeElement || document.activeElement === document.body || document.activeElement.id === "content";
  }

  private up(): void {
    const { parent } = this.dataset;
    if (parent) location.assign(parent);
  }

  /** Right and left walk from the row through its controls and back. */
  private walk(by: number): void {
    const row = this.line(this.current);
    if (!row) return;
    const stops = [row, ...row.querySelectorAll<HTMLElement>("input, a, button")];
    stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement as HTMLElement) + by))]?.focus();
  }

  private find(letter: string): void {
    const now = performance.now();
    this.typed = now - this.typedAt < TYPING_MS ? this.typed + letter : letter;
    this.typedAt = now;
    const wanted = plain(this.typed);
    const start = this.typed.length > 1 ? this.current : this.current + 1;
    const begins = (row: Row): boolean => plain(row[NAME]).startsWith(wanted);
    const ahead = this.rows.findIndex((row, at) => at >= start && begins(row));
    const found = ahead >= 0 ? ahead : this.rows.findIndex(begins);
    if (found >= 0) this.go(found, false);
  }

  private open(index: number, event?: Event): void {
    if (event && (event.target as Element).closest("input, button")) return;
    const link = this.line(index)?.querySelector("a");
    if (link) location.assign(link.href);
  }

  // Choosing

  private pick(event: MouseEvent): void {
    const target = event.target as Element;
    const index = this.indexOf(target);
    if (index < 0 || typing(target)) return;
    if (target.closest(".more button")) return this.menu(index);
    if (target.closest("a")) return;
    this.current = index;
    this.extending = event.shiftKey;
    if (event.shiftKey) this.range(this.anchor, index);
    else if (target.closest(".box") || event.ctrlKey || event.metaKey) this.toggle(index, false);
    else this.choose([this.rows[index]![ID]]);
    if (!event.shiftKey) this.anchor = index;
    this.line(index)?.focus({ preventScroll: true });
  }

  private range(a: number, b: number): void {
    this.choose(this.rows.slice(Math.min(a, b), Math.max(a, b) + 1).map((row) => row[ID]));
  }

  private toggle(index: number, extend: boolean): void {
    const id = this.rows[index]?.[ID];
    if (id === undefined) return;
    this.extending = extend;
    if (extend) return this.range(this.anchor, index);
    this.anchor = index;
    this.choose(this.chosen.has(id) ? [...this.chosen].filter((other) => other !== id) : [...this.chosen, id]);
  }

  private choose(ids: number[], aloud = true): void {
    this.chosen = new Set(ids);
    if (ids.length) this.fresh.clear();
    this.paint();
    const count = this.chosen.size;
    const told = fill(ngettext("%(count)s élément sélectionné", "%(count)s éléments sélectionnés", count), { count });
    this.bar.hidden = !count;
    must<HTMLElement>(this.bar, ".none").hidden = false;
    const output = must<HTMLElement>(this.bar, "output");
    [output.textContent, output.dataset["count"]] = [told, number(count)];
    this.everyone.checked = count > 0 && count === this.rows.length;
    this.everyone.indeterminate = count > 0 && count < this.rows.length;
    if (aloud) say(count ? told : gettext("Sélection vide"));
  }

  /** The rows an act is about: those chosen, else the one with the focus. */
  private aimed(): Row[] {
    if (this.chosen.size) return this.rows.filter((row) => this.chosen.has(row[ID]));
    const row = this.body.contains(document.activeElement) ? this.rows[this.current] : undefined;
    return row ? [row] : [];
  }

  private dragged(id: number): number[] {
    return this.chosen.has(id) ? [...this.chosen] : [id];
  }

  // Acting

  private act(event: MouseEvent): void {
    const act = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset["act"];
    const rows = this.aimed();
    if (!act) return;
    event.preventDefault();
    if (act === "none") return (this.choose([]), this.focusRow());
    if (act === "download") this.acts.download(rows);
    else if (act === "discard") void this.acts.discard(rows);
    else if (act === "move" || act === "copy") this.acts.choose(act, rows.map((row) => row[ID]));
  }

  private menu(index: number, at?: { left: number; top: number }): void {
    const row = this.rows[index];
    if (!row) return;
    this.go(index, false);
    const button = this.line(index)?.querySelector(".more button")?.getBoundingClientRect();
    const where = at ?? { left: (button?.right ?? 0) - 224, top: button?.bottom ?? 0 };
    openMenu(this.acts.menu(row), where, fill(gettext("Actions sur %(name)s"), { name: row[NAME] }));
  }

  private context(event: MouseEvent): void {
    const index = this.indexOf(event.target);
    if (index < 0 || typing(event.target)) return;
    event.preventDefault();
    const keyboard = event.clientX === 0 && event.clientY === 0;
    this.menu(index, keyboard ? undefined : { left: event.clientX, top: event.clientY });
  }

  /** Renames in place; the extension stays out of the selection. Enter or leaving keeps, Escape gives up; a name refused stays to be mended. */
  edit(row: Row): void {
    const index = this.rows.indexOf(row);
    this.go(index, false);
    const cell = this.line(index)?.querySelector<HTMLElement>("td.name");
    if (!cell) return;
    const field = el("input", { value: row[NAME], "aria-label": fill(gettext("Nouveau nom de %(name)s"), { name: row[NAME] }) });
    let over = false;
    const end = async (keep: boolean): Promise<void> => {
      if (over) return;
      over = true;
      const name = field.value.trim();
      const refused = keep && name && name !== row[NAME] && !(await this.acts.rename(row, name));
      if (refused && document.activeElement === field) return ((over = false), field.setAttribute("aria-invalid", "true"));
      this.paint();
      this.focusRow();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault(); // the field is in a form of the list
      void end(event.key === "Enter");
    });
    field.addEventListener("blur", () => void end(true));
    cell.replaceChildren(field);
    field.focus();
    field.setSelectionRange(0, stem(row));
  }
}

customElements.define("drive-list", DriveList);
