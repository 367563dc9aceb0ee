/** Necks of guitars, as CodiMD draws them: where fingers stand. A line for each fret of an upright one (`v5`), for each string of a lying one (`h5`). */
import { gettext } from "../../../web/islands/words";
import { escaped } from "../markdown/spelling";
import { type Draw } from "./drawing";
import { wide } from "./letters";

/** A place of a neck in pixels, by its fret and its string. Fret 0 is above the nut; strings are counted from 1, and beside them there is room for numbers. */
type At = (fret: number, string: number) => [x: number, y: number];

const TYPE = /^\s*([vh])(\d{1,2})(\s+noNut)?\s*$/i;
const OPTION = /(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s,}]+))/g;
const STRINGS = 6, MOST = 24; // frets
const LONG = 48, APART = 32, DOT = 12; // of a fret; of two strings; of a finger
const LETTERS = 18, LONGEST = 100; // of the title
const BLUE = "#1f7ab8", RED = "#c2410c", DARK = "#333";

const draw: Draw = (source, _language, { options }) => {
  const { type = "", title = "" } = said(options), [, way = "", count = "", bare] = TYPE.exec(type) ?? [];
  const frets = Number(count), upright = way.toLowerCase() === "v";
  if (!frets || frets > MOST) throw new Error(gettext("type=\"v5\" ou type=\"h5\" est attendu, pour cinq cases"));
  const words = title.slice(0, LONGEST), above = words ? LETTERS * 2 : 0;
  const across = (STRINGS + 2) * APART, along = (frets + 2) * LONG;
  const [board, height] = upright ? [across, along] : [along, across], width = Math.max(board, wide(words, LETTERS, "bold") + APART);
  const left = (width - board) / 2;
  const at: At = (fret, string) => (upright ? [left + (string + 0.5) * APART, above + (fret + 0.5) * LONG] : [left + (fret + 0.5) * LONG, above + (string + 0.5) * APART]);
  const head = words && `<text x="${width / 2}" y="${LETTERS * 1.5}" font-size="${LETTERS}" font-weight="bold">${escaped(words)}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${above + height}" font-family="sans-serif" text-anchor="middle" fill="${DARK}">` +
    `${head}${neck(at, frets, !bare)}${fingers(source, at, frets, upright)}</svg>`
  );
};
export default draw;

/** What the first line of the block says between braces, by name. */
const said = (options: string): Record<string, string> =>
  Object.fromEntries([...options.matchAll(OPTION)].map(([, name = "", double, single, none]) => [name.toLowerCase(), double ?? single ?? none ?? ""]));

function neck(at: At, frets: number, nut: boolean): string {
  const line = (from: [number, number], to: [number, number], wide: number, colour: string): string =>
    `<path d="M${from.join(" ")}L${to.join(" ")}" stroke="${colour}" stroke-width="${wide}" stroke-linecap="square"/>`;
  const each = (count: number, made: (one: number) => string): string => Array.from({ length: count }, (_, one) => made(one)).join("");
  return (
    each(frets + 1, (one) => line(at(one + 0.5, 1), at(one + 0.5, STRINGS), 3, "#aaa")) +
    each(STRINGS, (one) => line(at(0.5, one + 1), at(frets + 0.5, one + 1), 2, "#666")) +
    (nut ? line(at(0.5, 1), at(0.5, STRINGS), 7, DARK) : "")
  );
}

/** The marks of a text that are on the neck or beside it. */
function fingers(source: string, at: At, frets: number, upright: boolean): string {
  const rows = source.split("\n").slice(0, upright ? frets + 2 : STRINGS + 1);
  return rows.flatMap((row, line) => [...row].slice(0, upright ? STRINGS + 2 : frets + 1).map((mark, column) => {
    const [x, y] = upright ? at(line, column) : at(column + 1, line + 1);
    return finger(mark, x, y, upright);
  })).join("");
}

function finger(mark: string, x: number, y: number, upright: boolean): string {
  const dot = (look: string): string => `<circle cx="${x}" cy="${y}" r="${DOT}" ${look}/>`;
  const bar = (from: number, to: number): string =>
    upright ? `<rect x="${x + from * APART}" y="${y - DOT}" width="${(to - from) * APART}" height="${DOT * 2}" fill="${BLUE}"/>` : "";
  if (mark === "o") return dot(`fill="${BLUE}"`);
  if (mark === "O") return dot(`fill="${RED}"`);
  if (mark === "*") return dot(`fill="#d6eaf8" stroke="${BLUE}"`);
  if (mark === "(") return dot(`fill="${BLUE}"`) + bar(0, 0.5);
  if (mark === "=") return bar(-0.5, 0.5);
  if (mark === ")") return dot(`fill="${BLUE}"`) + bar(-0.5, 0);
  if (mark === "^") return `<circle cx="${x}" cy="${y}" r="8" fill="none" stroke="${DARK}" stroke-width="2"/>`;
  if (mark === "x") return `<path d="M${x - 7} ${y - 7}l14 14m0 -14l-14 14" stroke="${DARK}" stroke-width="2"/>`;
  return /[1-9]/.test(mark) ? `<text x="${x}" y="${y + 6}" font-size="${LETTERS}">${mark}</text>` : "";
}
