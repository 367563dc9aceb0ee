/**
 * Pictures that are pasted, dropped or chosen. Each becomes a file beside the pad, by the door that the folder has for files, and is
 * then named in the text. Meanwhile something stands there that only this person sees, and that goes along with what others type.
 */
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import { el } from "../../web/islands/element";
import { type Refused, post } from "../../web/islands/requests";
import { refused, say, toast } from "../../web/islands/voice";
import { fill, gettext } from "../../web/islands/words";

type Sending = { name: string };

const begun = StateEffect.define<{ at: number; sending: Sending }>();
const ended = StateEffect.define<Sending>();

class Placeholder extends WidgetType {
  constructor(readonly sending: Sending) {
    super();
  }

  override eq(other: Placeholder): boolean {
    return other.sending === this.sending;
  }

  toDOM(): HTMLElement {
    const label = fill(gettext("Envoi de %(name)s"), this.sending);
    return el("span", { class: "pad-sending" }, el("progress", { "aria-label": label }), this.sending.name);
  }
}

const placeholders = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, { changes, effects }) {
    let now = shown.map(changes);
    for (const effect of effects) {
      if (effect.is(begun)) now = now.update({ add: [Decoration.widget({ widget: new Placeholder(effect.value.sending), side: -1 }).range(effect.value.at)] });
      else if (effect.is(ended)) now = now.update({ filter: (_from, _to, { spec }) => (spec.widget as Placeholder).sending !== effect.value });
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export class Pictures {
  #going = 0;

  /** `upload` is where the folder of the pad takes files; empty where this person may not put any. */
  constructor(
    private readonly view: EditorView,
    private readonly upload: string,
    signal: AbortSignal,
  ) {
    const handlers = EditorView.domEventHandlers({ paste: (event) => this.#paste(event), drop: (event) => this.#drop(event) });
    view.dispatch({ effects: StateEffect.appendConfig.of([placeholders, handlers]) });
    addEventListener("beforeunload", (event) => void (this.#going && event.preventDefault()), { signal });
  }

  /** Asks for pictures, and puts them where the cursor is. */
  choose(): void {
    const field = el("input", { type: "file", accept: "image/*", multiple: true });
    field.addEventListener("change", () => this.#send([...field.files!], this.view.state.selection.main.to));
    field.click();
  }

  /** What comes with its text, as from a word processor, is pasted as text. */
  #paste({ clipboardData }: ClipboardEvent): boolean {
    if (!clipboardData || clipboardData.types.includes("text/plain")) return false;
    return this.#send([...clipboardData.files], this.view.state.selection.main.to);
  }

  #drop({ dataTransfer, clientX, clientY }: DragEvent): boolean {
    const at = this.view.posAtCoords({ x: clientX, y: clientY });
    return this.#send([...(dataTransfer?.files ?? [])], at ?? this.view.state.doc.length);
  }

  /** Sends the pictures among some files. Tells whether there were any. */
  #send(files: File[], at: number): boolean {
    const pictures = files.filter(({ type }) => type.startsWith("image/"));
    if (!pictures.length || this.view.state.readOnly) return false;
    if (!this.upload) toast(gettext("Vous n’avez pas le droit d’écrire dans le dossier de ce pad. L’image n’y est pas déposée."));
    else void this.#all(pictures, at);
    return true;
  }

  /** Sends the last one first: what is typed at their place goes behind all of them, and so does each behind those before it. */
  async #all(pictures: File[], at: number): Promise<void> {
    const all = pictures.map((file) => ({ file, sending: { name: file.name } }));
    this.view.dispatch({ effects: all.map(({ sending }) => begun.of({ at, sending })) });
    for (const { file, sending } of all.reverse()) await this.#one(file, sending);
  }

  async #one(file: File, sending: Sending): Promise<void> {
    this.#going++;
    try {
      const form = new FormData();
      form.append("file", file, file.name);
      const { names } = (await post(this.upload, form)) as unknown as { names: string[] };
      this.#arrived(names[0]!, sending);
    } catch (problem) {
      this.view.dispatch({ effects: ended.of(sending) });
      const { message, status, way } = problem as Refused;
      refused({ name: "Refused", status, way, message: fill(gettext("%(name)s n’est pas dans le pad. %(why)s"), { ...sending, why: message }) } as Refused);
    } finally {
      this.#going--;
    }
  }

  #arrived(name: string, sending: Sending): void {
    const { state } = this.view, at = place(state.field(placeholders), sending) ?? state.doc.length, effects = ended.of(sending);
    if (state.readOnly) {
      this.view.dispatch({ effects });
      return toast(fill(gettext("%(name)s est dans le dossier du pad, où vous ne pouvez plus écrire."), { name }));
    }
    this.view.dispatch({ changes: { from: at, insert: `![](${address(name)})` }, effects, userEvent: "input" });
    say(fill(gettext("« %(name)s » est déposé."), { name }));
  }
}

function place(shown: DecorationSet, sending: Sending): number | null {
  for (const at = shown.iter(); at.value; at.next()) if ((at.value.spec.widget as Placeholder).sending === sending) return at.from;
  return null;
}

/** A name of a file as a relative address in Markdown. */
export function address(name: string): string {
  return encodeURIComponent(name).replace(/[()*_~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
