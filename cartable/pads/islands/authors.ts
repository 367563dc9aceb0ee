/**
 * Who wrote what: each piece of the text says as which client of Yjs it was typed, and the server whose each client is. Pieces are
 * underlined in the colour of their author; a list says whose each colour is, how much is theirs, and who wrote where one stands.
 * Loaded for who wants it.
 */
import { Compartment, type Extension, type Range, StateEffect } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { type Awareness } from "y-protocols/awareness";
import { type Text } from "yjs";
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { el } from "../../web/islands/element";
import { read } from "../../web/islands/requests";
import { gettext } from "../../web/islands/words";
import { type State } from "./cursors";

type User = NonNullable<State["user"]>;
type Piece = { from: number; to: number; client: number };

const QUIET_MS = 400; // after the last letter
const redrawn = StateEffect.define<DecorationSet>();

export class Authors {
  readonly #known = new Map<number, User>();
  readonly #nobody = new Set<number>(); // clients of whom the server does not know
  readonly #shown = new Compartment();
  readonly #list = el("ul", { class: "present authors", "aria-label": gettext("Qui a écrit ce texte") });
  #pieces: Piece[] = [];
  #due = 0;

  /** `address` tells whose each client is; the list is put in `place`. */
  constructor(
    private readonly view: EditorView,
    private readonly text: Text,
    private readonly awareness: Awareness,
    private readonly address: string,
    place: HTMLElement,
  ) {
    place.append(this.#list);
    view.dispatch({ effects: StateEffect.appendConfig.of(this.#shown.of([])) });
  }

  show(on: boolean): void {
    this.#list.hidden = !on;
    this.view.dispatch({ effects: this.#shown.reconfigure(on ? this.#extension() : []) });
    if (on) void this.#look();
    else clearTimeout(this.#due);
  }

  #extension(): Extension {
    const follow = (update: ViewUpdate): void => {
      if (update.docChanged) this.#later();
      else if (update.selectionSet) this.#mark();
    };
    class Underlined {
      drawn: DecorationSet = Decoration.none;
      update({ changes, transactions }: ViewUpdate): void {
        const said = transactions.flatMap(({ effects }) => effects).find((one) => one.is(redrawn));
        this.drawn = said ? (said.value as DecorationSet) : this.drawn.map(changes);
      }
    }
    return [ViewPlugin.fromClass(Underlined, { decorations: ({ drawn }) => drawn }), EditorView.updateListener.of(follow)];
  }

  #later(): void {
    clearTimeout(this.#due);
    this.#due = window.setTimeout(() => void this.#look(), QUIET_MS);
  }

  /** Looks who wrote what now; asks the server of clients that nobody here knows. */
  async #look(): Promise<void> {
    this.#pieces = pieces(this.text);
    const here = this.awareness.getStates() as Map<number, State>;
    for (const [client, { user }] of here) if (user) this.#known.set(client, user);
    const strange = this.#pieces.some(({ client }) => !this.#known.has(client) && !this.#nobody.has(client));
    if (strange) {
      const told = await read<Record<string, User>>(this.address).catch(() => null); // no network: once there is one, then
      for (const [client, user] of Object.entries(told ?? {})) this.#known.set(Number(client), user);
      this.#pieces = pieces(this.text);
      const kept = ({ client }: Piece): boolean => !told || here.has(client); // what was just typed may not be durable yet
      for (const piece of this.#pieces) if (!this.#known.has(piece.client) && !kept(piece)) this.#nobody.add(piece.client);
    }
    this.#draw();
  }

  #draw(): void {
    const { length } = this.view.state.doc, letters = new Map<string, number>(), users = new Map<string, User>();
    const drawn: Range<Decoration>[] = [];
    for (const { from, to, client } of this.#pieces) {
      const user = this.#known.get(client), person = user?.person ?? "";
      letters.set(person, (letters.get(person) ?? 0) + to - from);
      if (!user || to > length) continue;
      users.set(person, user);
      drawn.push(Decoration.mark({ class: "pad-author", attributes: { style: `--who: ${user.color}` } }).range(from, to));
    }
    this.view.dispatch({ effects: redrawn.of(Decoration.set(drawn)) });
    const lines = [...letters].sort((one, other) => other[1] - one[1]).map(([person, count]) => line(users.get(person), count / length));
    this.#list.replaceChildren(...lines);
    this.#mark();
  }

  /** Says who wrote where the cursor is. */
  #mark(): void {
    const { head } = this.view.state.selection.main;
    const here = this.#pieces.find(({ from, to }) => from < head && head <= to);
    const person = here ? (this.#known.get(here.client)?.person ?? "") : null;
    for (const one of this.#list.children) (one as HTMLElement).ariaCurrent = one.getAttribute("data-person") === person ? "true" : null;
  }
}

function line(user: User | undefined, share: number): HTMLElement {
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(share);
  const dot = el("span", { class: "dot", "aria-hidden": "true" });
  dot.style.setProperty("--who", user?.color ?? "transparent");
  return el("li", { "data-person": user?.person ?? "" }, dot, `${user?.name ?? gettext("Venu du fichier")} `, el("span", { class: "soft" }, percent));
}

/** The pieces of a text, in order, each typed by one client (Yjs 13, `Item`: its list is the text). */
function pieces(text: Text): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (let item = text._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue;
    const { client } = item.id, last = found.at(-1), from = at;
    at += item.length;
    if (last?.client === client) last.to = at;
    else found.push({ from, to: at, client });
  }
  return found;
}
