/** Rows of a folder: as the server sends them, and as the grid draws them. */
import { el, icon } from "../../web/islands/element";
import { day, size } from "../../web/islands/formats";
import { fill, gettext, ngettext } from "../../web/islands/words";

export type Row = [
  id: number,
  name: string,
  family: string,
  size: number,
  mtime: number,
  rights: number,
  people: number,
  links: number,
  starred: number,
];
export const [ID, NAME, FAMILY, SIZE, MTIME, RIGHTS, PEOPLE, LINKS, STARRED] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
export const READ = 2;
export const WRITE = 8;
export const MANAGE = 16;

export const isFolder = (row: Row): boolean => row[FAMILY] === "folder";
export const address = (row: Row): string => `/f/${row[ID]}`;

/** Draws a row. Only the row itself can have the tab stop; arrows walk into it. */
export function draw(row: Row, at: { index: number; current: boolean; chosen: boolean; state: string | false }): HTMLTableRowElement {
  const name = row[NAME];
  const box = el("input", {
    type: "checkbox",
    tabindex: -1,
    "aria-label": fill(gettext("Sélectionner %(name)s"), { name }),
  });
  box.checked = at.chosen;
  const link = el("a", { href: address(row), class: row[FAMILY], title: name, tabindex: -1, draggable: "false" }, icon(row[FAMILY], 22), el("span", {}, name));
  const more = el(
    "button",
    { type: "button", class: "act bare icon-only", tabindex: -1, "aria-haspopup": "menu", "aria-label": fill(gettext("Actions sur %(name)s"), { name }) },
    icon("more"),
  );
  return el(
    "tr",
    {
      "data-id": row[ID],
      "data-index": at.index,
      "aria-rowindex": at.index + 2,
      "aria-selected": String(at.chosen),
      tabindex: at.current ? 0 : -1,
      class: at.state,
      draggable: "true",
    },
    el("td", { class: "box" }, box),
    el("td", { class: "name" }, link, ...star(row)),
    el("td", { class: "shared" }, shared(row)),
    el("td", { class: "when" }, el("time", { datetime: new Date(row[MTIME] * 1000).toISOString() }, day(row[MTIME]))),
    el("td", { class: "size" }, size(row[SIZE])),
    el("td", { class: "more" }, more),
  );
}

function star(row: Row): Node[] {
  return row[STARRED] ? [icon("star-on", 16), el("span", { class: "hidden" }, gettext("Favori"))] : [];
}

function shared(row: Row): Node | null {
  const told: string[] = [];
  if (row[PEOPLE]) told.push(fill(ngettext("%(count)s partage", "%(count)s partages", row[PEOPLE]), { count: row[PEOPLE] }));
  if (row[LINKS]) told.push(fill(ngettext("%(count)s lien", "%(count)s liens", row[LINKS]), { count: row[LINKS] }));
  const words = told.join(", ");
  const drawn = [row[PEOPLE] > 0 && icon("users", 18), row[LINKS] > 0 && icon("link", 18)];
  return words ? el("span", { title: words }, ...drawn, el("span", { class: "hidden" }, words)) : null;
}
