/**
 * What can be done with the rows of a folder. Each act is a form of the server's pages, sent in batches; what can be
 * undone is, from the toast or with Ctrl+Z.
 */
import { el } from "../../web/islands/element";
import { type Item } from "../../web/islands/menus";
import { Refused, post } from "../../web/islands/requests";
import { openSheet } from "../../web/islands/sheets";
import { refused, say, toast } from "../../web/islands/voice";
import { fill, gettext, ngettext } from "../../web/islands/words";
import { ID, MANAGE, NAME, READ, RIGHTS, type Row, STARRED, address, isFolder } from "./rows";

const BATCH = 200; // documents in one request: none lasts long, and the page can say how far it is
const SHOWN = 50; // ids in the address of a sheet: enough for it to know what it is about

/** The list that acts are about. */
export interface List {
  readonly folder: string;
  readonly writable: boolean;
  readonly name: string;
  refresh(show?: number[]): Promise<void>;
  leave(ids: number[]): void;
  edit(row: Row): void;
  paint(): void;
}

export class Acts {
  readonly cut = new Set<number>();
  private clipboard: { verb: "move" | "copy"; ids: number[] } | null = null;
  private undone: string[] = [];
  private busy: Promise<unknown> = Promise.resolve(); // what is under way: an undo waits for it

  constructor(private readonly list: List) {
    const kept = sessionStorage.getItem("cartable:clipboard");
    if (kept) this.clipboard = JSON.parse(kept) as { verb: "move" | "copy"; ids: number[] };
    if (this.clipboard?.verb === "move") for (const id of this.clipboard.ids) this.cut.add(id);
  }

  menu(row: Row): Item[] {
    const { writable } = this.list;
    const may = (right: number): boolean => (row[RIGHTS] & right) === right;
    const items: (Item | false)[] = [
      { label: gettext("Ouvrir"), icon: "eye", key: gettext("Entrée"), run: () => location.assign(address(row)) },
      may(READ) && { label: gettext("Télécharger"), icon: "download", run: () => this.download([row]) },
      { label: may(MANAGE) ? gettext("Partager") : gettext("Pourquoi j’y ai accès"), icon: may(MANAGE) ? "share" : "why", run: () => this.share(row) },
      null,
      writable && { label: gettext("Renommer"), icon: "rename", key: "F2", run: () => this.list.edit(row) },
      writable && { label: gettext("Déplacer…"), icon: "move", run: () => this.choose("move", [row[ID]]) },
      may(READ) && { label: gettext("Copier…"), icon: "copy", run: () => this.choose("copy", [row[ID]]) },
      { label: row[STARRED] ? gettext("Retirer des favoris") : gettext("Ajouter aux favoris"), icon: row[STARRED] ? "star-on" : "star", run: () => this.star(row) },
      null,
      may(READ) && !isFolder(row) && { label: gettext("Versions"), icon: "history", run: () => void openSheet(`/f/${row[ID]}/versions`) },
      { label: gettext("Détails"), icon: "info", run: () => void openSheet(`/f/${row[ID]}/about`) },
      writable && { label: gettext("Supprimer"), icon: "trash", key: gettext("Suppr"), bad: true, run: () => void this.discard([row]) },
    ];
    return items.filter((item) => item !== false);
  }

  share(row: Row): void {
    void openSheet(`/f/${row[ID]}/share`);
  }

  star(row: Row): void {
    void this.run(() => post(`/f/${row[ID]}/star`, { on: row[STARRED] ? "0" : "1" }).then((answer) => toast(answer.said)));
  }

  download(rows: Row[]): void {
    const [only] = rows;
    if (only && rows.length === 1) return location.assign(`/f/${only[ID]}/download`);
    const form = el("form", { method: "post", action: "/selection/download", hidden: true });
    const token = document.querySelector<HTMLElement>("web-page")!.dataset["token"];
    form.append(el("input", { name: "nodes", value: rows.map((row) => row[ID]).join() }), el("input", { name: "csrfmiddlewaretoken", value: token }));
    document.body.append(form);
    form.submit();
    form.remove();
  }

  /** Lets the person choose the folder in a sheet; the selection is ours, in batches, however long. */
  choose(verb: "move" | "copy", ids: number[]): void {
    const address = `/selection/${verb}?nodes=${ids.slice(0, SHOWN).join()}`;
    void openSheet(address, (form, close) => {
      const into = form.querySelector<HTMLInputElement>("[name=into]")?.value;
      if (!form.hasAttribute("data-selection") || !into) return false;
      close();
      void this.put(verb, ids, into);
      return true;
    });
  }

  async discard(rows: Row[]): Promise<void> {
    const ids = rows.map((row) => row[ID]);
    this.list.leave(ids);
    await this.follow(this.batches("/selection/discard", ids, {}));
  }

  async put(verb: "move" | "copy", ids: number[], into: string): Promise<void> {
    if (verb === "move" && into !== this.list.folder) this.list.leave(ids);
    await this.follow(this.batches(`/selection/${verb}`, ids, { into }));
  }

  async rename(row: Row, name: string): Promise<boolean> {
    const renamed = this.run(async () => {
      const answer = await post(`/f/${row[ID]}/rename`, { name });
      this.told(answer.said, [answer.undo]);
      await this.list.refresh([row[ID]]);
    });
    return this.follow(renamed);
  }

  keep(verb: "move" | "copy", rows: Row[]): void {
    if (!rows.length || (verb === "move" && !this.list.writable)) return;
    this.clipboard = { verb, ids: rows.map((row) => row[ID]) };
    this.cut.clear();
    if (verb === "move") for (const id of this.clipboard.ids) this.cut.add(id);
    sessionStorage.setItem("cartable:clipboard", JSON.stringify(this.clipboard));
    const count = rows.length;
    const sentence =
      verb === "move"
        ? ngettext("%(count)s document coupé : collez-le dans un autre dossier.", "%(count)s documents coupés : collez-les dans un autre dossier.", count)
        : ngettext("%(count)s document copié : collez-le dans un dossier.", "%(count)s documents copiés : collez-les dans un dossier.", count);
    toast(fill(sentence, { count }));
    this.list.paint();
  }

  async paste(): Promise<void> {
    const kept = this.clipboard;
    if (!kept) return;
    if (!this.list.writable) return toast(gettext("Vous ne pouvez pas écrire dans ce dossier."));
    if (kept.verb === "move") {
      this.clipboard = null;
      this.cut.clear();
      sessionStorage.removeItem("cartable:clipboard");
    }
    await this.put(kept.verb, kept.ids, this.list.folder);
  }

  async undo(): Promise<void> {
    await this.busy;
    const addresses = this.undone;
    if (!addresses.length) return say(gettext("Rien à annuler"));
    this.undone = [];
    await this.run(async () => {
      let said = "";
      let back: number[] = [];
      for (const address of addresses) {
        const answer = await post(address);
        said = answer.said;
        back = answer.done ?? (answer.node ? [answer.node] : back);
      }
      toast(said);
      await this.list.refresh(back);
    });
  }

  /** Tells what was done, with the means to undo it. */
  told(said: string, undo: string[]): void {
    const whole = undo.length > 0 && undo.every(Boolean);
    this.undone = whole ? undo : [];
    toast(said, whole ? () => void this.undo() : undefined);
  }

  private follow<T>(act: Promise<T>): Promise<T> {
    this.busy = act.catch(() => undefined);
    return act;
  }

  private async batches(address: string, ids: number[], fields: Record<string, string>): Promise<void> {
    const undo: string[] = [];
    const done: number[] = [];
    const kept: string[] = []; // why some stay as they were
    let said = "";
    for (let at = 0; at < ids.length; at += BATCH) {
      try {
        const answer = await post(address, { ...fields, nodes: ids.slice(at, at + BATCH).join() });
        said = answer.said;
        undo.push(answer.undo);
        done.push(...(answer.done ?? []));
        kept.push(...(answer.refused ?? []).map((one) => one.sentence));
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        if (problem.way) return refused(problem);
        kept.push(problem.message);
      }
      if (ids.length > BATCH) say(fill(gettext("%(done)s sur %(count)s"), { done: Math.min(at + BATCH, ids.length), count: ids.length }));
    }
    if (done.length > BATCH) said = fill(ngettext("%(count)s document traité.", "%(count)s documents traités.", done.length), { count: done.length });
    const why = [...new Set(kept)].join(" ");
    if (done.length) this.told(why ? `${said} ${why}` : said, undo);
    else if (why) toast(why);
    await this.list.refresh(done);
  }

  private async run(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      refused(problem);
      if (problem.status === 404) await this.list.refresh(); // it went away in the meantime
      return false;
    }
  }
}

/** The part of a name that people change: all but its extension. */
export function stem(row: Row): number {
  const dot = row[NAME].lastIndexOf(".");
  return !isFolder(row) && dot > 0 ? dot : row[NAME].length;
}
