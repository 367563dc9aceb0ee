/**
 * The inside of the preview: a document without an origin, which is given a text and shows it laid out. Nothing that is in the text
 * can reach the page around; what is told to it is a line to scroll to, a box that was ticked, a key of its own.
 */
import { CODE, type Figure, figures, place, refuse } from "../figures";
import { render } from "../markdown";
import { type FromFrame, type Said, type Shown, type ToFrame } from "../told";
import { Blocks } from "./blocks";
import { draw } from "./drawing";
import { arrived, pictures } from "./pictures";

const root = document.querySelector<HTMLElement>("article")!;
const blocks = new Blocks(root);
let leads = false; // whether this is scrolled by hand, and not after the editor
let length = 1; // of the text, in lines

const tell = (said: FromFrame): void => parent.postMessage(said, "*"); // nobody else can frame this

addEventListener("message", ({ source, data }: MessageEvent<ToFrame>) => {
  if (source !== parent) return;
  if ("text" in data) show(data);
  else if ("picture" in data) arrived(root, data.picture, data.blob);
  else if ("line" in data) follow(data);
  else if ("draw" in data) void answer(data.draw, data.id);
});

function show({ text, writes, beside, hosts }: Shown): void {
  length = text.split("\n").length;
  const rendered = render(text);
  root.hidden = !rendered;
  document.querySelector<HTMLElement>(".long")!.hidden = Boolean(rendered);
  if (rendered) {
    const { fragment, lines, front } = rendered;
    root.lang = front.lang || "fr";
    root.dir = front.rtl ? "rtl" : "auto";
    for (const path of pictures(fragment, beside, hosts)) tell({ wanted: path });
    for (const link of fragment.querySelectorAll<HTMLAnchorElement>("a[href]:not([href^='#'])")) link.target = "_blank";
    const wanted = figures(fragment, lines), fresh = blocks.show(fragment, lines);
    for (const one of wanted) if (one.element.isConnected) void fill(one);
    const inside = fresh.flatMap((one) => [one, ...one.querySelectorAll<HTMLElement>("*")]);
    void spell(inside.filter((one) => one.matches(".math")), "formulas");
    void spell(inside.filter((one) => one.matches(CODE)), "code");
    for (const box of root.querySelectorAll<HTMLInputElement>(".task-list-item-checkbox")) box.disabled = !writes;
  }
  tell({ shown: true });
}

async function fill(figure: Figure): Promise<void> {
  try {
    const { svg, width, height } = await draw(figure.said, root.dataset);
    place(figure, svg, width, height);
  } catch (error) {
    refuse(figure, reason(error));
  }
}

/** Shows formulas, or the colours of code. */
async function spell(found: Element[], library: "formulas" | "code"): Promise<void> {
  if (!found.length) return;
  const { default: show } = (await import(root.dataset[library]!)) as { default: (element: Element) => void };
  for (const one of found) show(one);
}

/** Draws for a page that has its text laid out by itself. */
async function answer(said: Said, id: number): Promise<void> {
  try {
    tell({ id, ...(await draw(said, root.dataset)) });
  } catch (error) {
    tell({ id, wrong: reason(error) });
  }
}

const reason = (error: unknown): string => String(error instanceof Error ? error.message : error);

root.addEventListener("change", ({ target }) => {
  const box = target as HTMLInputElement, item = box.closest(".task-list-item"), line = item ? blocks.lineOf(item) : undefined;
  if (line !== undefined) tell({ ticked: line });
});

function follow({ line, at, of }: { line: number; at: number; of: number }): void {
  leads = false;
  length = of;
  scrollTo(0, blocks.heightOf(line, of) - at * innerHeight);
}

for (const name of ["wheel", "pointerdown", "touchstart", "keydown"]) addEventListener(name, () => (leads = true), { passive: true });

addEventListener("scroll", () => {
  if (!leads) return;
  const room = document.documentElement.scrollHeight - innerHeight, at = room > 0 ? Math.min(scrollY / room, 1) : 0;
  tell({ line: blocks.lineAt(scrollY + at * innerHeight, length), at });
}, { passive: true });

addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.altKey && !event.getModifierState("AltGraph")) tell({ key: event.code });
});

tell({ ready: true });
