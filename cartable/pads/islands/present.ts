/** Who is at the pad: a list, from which one follows somebody; who comes is said, now and then. */
import { type Awareness } from "y-protocols/awareness";
import { el, icon, must } from "../../web/islands/element";
import { say } from "../../web/islands/voice";
import { fill, gettext } from "../../web/islands/words";
import { type State } from "./cursors";
import { type Following } from "./following";

const HEARD_MS = 10_000; // between two sentences about who comes

type User = NonNullable<State["user"]>;

export class Present {
  #lines = new Map<string, HTMLElement>();
  #following: Following | null = null;
  #came: string[] = [];
  #timer = 0;
  #first = true;

  constructor(
    private readonly list: HTMLElement,
    private readonly awareness: Awareness,
    private readonly me: string,
  ) {
    list.append(el("li", {}, dot("var(--mark)"), gettext("Vous")));
    awareness.on("change", () => this.#draw());
    this.#draw();
  }

  /** Offers to follow each of those who are there. */
  offer(following: Following): void {
    this.#following = following;
    this.show();
  }

  /** Shows who is followed. */
  show(): void {
    for (const [person, one] of this.#lines) {
      const button = must<HTMLButtonElement>(one, "button");
      button.disabled = !this.#following;
      button.ariaPressed = String(person === this.#following?.person);
    }
  }

  /** Draws who came and takes away who left: what has the focus stays. */
  #draw(): void {
    const people = new Map<string, User>();
    for (const { user } of this.awareness.getStates().values() as Iterable<State>) if (user) people.set(user.person, user);
    people.delete(this.me); // in another tab
    for (const [person, one] of this.#lines) if (!people.has(person)) one.remove(), this.#lines.delete(person);
    const come = [...people.values()].filter(({ person }) => !this.#lines.has(person));
    if (!come.length) return;
    for (const user of come) this.#lines.set(user.person, this.#line(user));
    const shown = [...people.values()].sort((one, other) => one.name.localeCompare(other.name, "fr"));
    for (const [at, { person }] of shown.entries()) this.#place(this.#lines.get(person)!, at + 1); // after oneself
    this.show();
    this.#tell(come.map(({ name }) => name));
  }

  /** Puts a line where it belongs, and moves none that is there. */
  #place(one: HTMLElement, at: number): void {
    const there = this.list.children[at] ?? null;
    if (there !== one) this.list.insertBefore(one, there);
  }

  #line({ person, name, color }: User): HTMLElement {
    const label = fill(gettext("Suivre %(name)s"), { name });
    const button = el("button", { type: "button", class: "act bare small", "aria-label": label, title: label }, dot(color), name, icon("eye", 16));
    button.addEventListener("click", () => this.#following?.toggle(person, name));
    return el("li", {}, button);
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

function dot(color: string): HTMLElement {
  const made = el("span", { class: "dot", "aria-hidden": "true" });
  made.style.setProperty("--who", color);
  return made;
}
