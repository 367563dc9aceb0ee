/** Blocks of code, tables written as CSV and diagrams, as pads/markdown/fences.py shows them. */
import { type MarkdownIt } from "markdown-it";
import { escaped } from "./spelling";

const DIAGRAMS = new Set("mermaid sequence flow graphviz abc vega vega-lite geo fretboard markmap plantuml".split(" "));
const INFO = /^([\w+#.-]{0,40}?)(=(\d{0,6}|\+))?(!)?(?:\s.*)?$/u;
const DELIMITER = /delimiter="(.|\\t)"/u;
const ROWS = 2000; // of a table
const LINES = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/;

type Env = { next_line?: number };

/** Has them shown. */
export function fences(md: MarkdownIt): void {
  md.renderer.rules["fence"] = (tokens, at, _options, env) => {
    const info = tokens[at]!.info.trim(), source = tokens[at]!.content;
    const language = info.split(/\s+/u)[0]!.toLowerCase();
    if (language === "csvpreview") return table(source, info);
    if (DIAGRAMS.has(language)) return `<pre class="diagram"${options(info)}><code class="language-${language}">${escaped(source)}</code></pre>\n`;
    return code(source, info, (env ?? {}) as Env);
  };
}

/** What the first line of a drawing says between braces, as an attribute. */
function options(info: string): string {
  const said = info.includes("{") ? info.slice(info.indexOf("{"), info.lastIndexOf("}") + 1) : "";
  return said ? ` data-options="${escaped(said)}"` : "";
}

function code(source: string, info: string, env: Env): string {
  const [, language = "", numbered, from = "", wrapped] = INFO.exec(info) ?? [];
  const classes: string[] = [];
  let start = "";
  if (numbered) {
    classes.push("numbered");
    const first = from === "+" ? (env.next_line ?? 1) : Number(from || 1);
    const count = source.split("\n").length - 1;
    env.next_line = first + count;
    start = ` data-lines="${Array.from({ length: count }, (_, line) => first + line).join("\n")}"`;
  }
  if (wrapped) classes.push("wrapped");
  const said = classes.length ? ` class="${classes.join(" ")}"` : "";
  const named = language ? ` class="language-${language.toLowerCase()}"` : "";
  return `<pre${said}${start}><code${named}>${escaped(source)}</code></pre>\n`;
}

/** CSV as a table; its first row names the columns with header="true". */
function table(source: string, info: string): string {
  const delimiter = (DELIMITER.exec(info)?.[1] ?? ",").replace("\\t", "\t"), named = info.includes('header="true"');
  const rows = read(source, delimiter).slice(0, ROWS).map((row, number) => {
    const tag = number === 0 && named ? "th" : "td";
    return `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  });
  return `<table><tbody>${rows.join("")}</tbody></table>\n`;
}

/** The cells of CSV, as Python's csv reads them: a quote begins a quoted cell, two within one are a quote. */
function read(source: string, delimiter: string): string[][] {
  const lines = source.split(LINES), rows: string[][] = [];
  if (lines.at(-1) === "") lines.pop();
  let row: string[] = [], cell = "", quoted = false, begun = false, closed = false;
  const end = (): void => void (row.push(cell), cell = "", begun = closed = false);
  for (const line of lines) {
    for (const one of line) {
      if (quoted && one === '"') (quoted = false), (closed = true);
      else if (quoted) cell += one;
      else if (one === '"' && (closed || !begun)) (cell += closed ? '"' : ""), (quoted = begun = true), (closed = false);
      else if (one === delimiter) end();
      else (cell += one), (begun = true), (closed = false);
    }
    if (quoted) continue;
    if (line || begun) end();
    rows.push(row);
    row = [];
  }
  if (quoted) end(), rows.push(row);
  return rows;
}
