/** Who is at the pad: a list for the eye; who comes is said, now and then. */
import { type Awareness } from "y-protocols/awareness";
import { el } from "../../web/islands/element";
import { say } from "../../web/islands/voice";
import { fill, gettext } from "../../web/islands/words";
import { type State } from "./cursors";

const HEARD_MS = 10_000; // between two sentences about who comes

export class Present {
  #known = new Set<string>();
  #came: string[] = [];
  #timer = 0;
  #first = true;

  constructor(
    private readonly list: HTMLElement,
    private readonly awareness: Awareness,
    private readonly me: string,
  ) {
    awareness.on("change", () => this.#draw());
    this.#draw();
  }

  #draw(): void {
    const people = new Map<string, NonNullable<State["user"]>>();
    for (const { user } of this.awareness.getStates().values() as Iterable<State>) if (user) people.set(user.person, user);
    people.delete(this.me); // in another tab
    const others = [...people.values()].sort((one, other) => one.name.localeCompare(other.name, "fr"));
    this.list.replaceChildren(line(gettext("Vous"), "var(--mark)"), ...others.map(({ name, color }) => line(name, color)));
    this.#tell(others.filter(({ person }) => !this.#known.has(person)).map(({ name }) => name));
    this.#known = new Set(people.keys());
  }

  /** Says who came, together; not who was there already. */
  #tell(names: string[]): void {
    if (!this.#first) this.#came.push(...names);
    if (names.length) this.#first = false;
    if (!this.#came.length || this.#timer) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      say(fill(gettext("Dans ce pad : %(names)s"), { names: this.#came.splice(0).join(", ") }));
    }, HEARD_MS);
  }
}

function line(name: string, color: string): HTMLElement {
  const dot = el("span", { class: "dot", "aria-hidden": "true" });
  dot.style.setProperty("--who", color);
  return el("li", {}, dot, name);
}
