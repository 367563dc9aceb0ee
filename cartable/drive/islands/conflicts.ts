/** What becomes of a file whose name is taken: asked before it is sent, once for each or once for all. */
import { el } from "../../web/islands/element";
import { moment, size } from "../../web/islands/formats";
import { fill, gettext } from "../../web/islands/words";

export type Choice = "replace" | "both" | "skip";

/** What one decides by: how large a file is, and when it was changed last, in seconds. */
export type Facts = { size: number; mtime: number };

const told = ({ size: bytes, mtime }: Facts): string => fill(gettext("%(size)s, modifié le %(day)s"), { size: size(bytes), day: moment(mtime) });

/** Asks what to do, in a dialog. Leaving it skips the file. */
export function askChoice(path: string, mine: Facts, theirs: Facts | null, several: boolean): Promise<{ choice: Choice; always: boolean }> {
  const name = path.split("/").pop()!;
  const always = el("input", { type: "checkbox" });
  const choices: [Choice, string, string][] = [
    ["replace", gettext("Remplacer"), gettext("L’actuel devient une version.")],
    ["both", gettext("Garder les deux"), gettext("Le nouveau reçoit un numéro.")],
    ["skip", gettext("Ignorer"), gettext("Le fichier n’est pas envoyé.")],
  ];
  return new Promise((go) => {
    const buttons = choices.map(([choice, label, why], at) => {
      const button = el("button", { class: at ? "act" : "act first", value: choice, autofocus: at === 1 }, label);
      button.title = why;
      return button;
    });
    const form = el(
      "form",
      { method: "dialog", class: "task" },
      el("h2", { id: "conflict-title" }, fill(gettext("« %(name)s » existe déjà"), { name })),
      el("dl", { class: "facts" }, theirs && el("dt", {}, gettext("Actuel")), theirs && el("dd", {}, told(theirs)), el("dt", {}, gettext("Nouveau")), el("dd", {}, told(mine))),
      el("dl", { class: "facts" }, ...choices.flatMap(([, label, why]) => [el("dt", {}, label), el("dd", {}, why)])),
      several && el("label", { class: "choice" }, always, gettext("Faire de même pour les suivants")),
      el("div", { class: "foot-acts" }, ...buttons),
    );
    const dialog = el("dialog", { "aria-labelledby": "conflict-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      go({ choice: (dialog.returnValue || "skip") as Choice, always: always.checked });
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** The same path with a number before its extension. */
export function numbered(path: string, count: number): string {
  const slash = path.lastIndexOf("/") + 1;
  const dot = path.lastIndexOf(".");
  const end = dot > slash ? dot : path.length;
  return `${path.slice(0, end)} (${count})${path.slice(end)}`;
}
