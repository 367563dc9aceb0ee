/**
 * What was typed and is not known to be on the server, on this device (IndexedDB): one database for each person, since devices
 * are shared, and nothing stays in it longer than it must. Not y-indexeddb: that keeps the whole text until it is told
 * otherwise, and does not say when a change is safe. Each change is kept with the number of its document, since one may be begun anew.
 */
import { ContentString, type Doc, Item, applyUpdate, decodeUpdateV2 } from "yjs";

const STORE = "updates"; // { pad, epoch, update } by a number

type Row = { pad: string; epoch?: number; update: Uint8Array }; // the first were written without

export class Kept {
  /** Whether all that was typed here is on this device, or on the server. */
  safe = true;
  /** Whether this device cannot keep what is typed. */
  fails = false;
  /** Whether something was there from before. */
  found = false;
  /** Which document it is of; null: nobody has said. */
  epoch: number | null = null;

  #database: IDBDatabase | null = null;
  #keys: IDBValidKey[] = []; // of what this page has read or written
  #writing = 0;

  constructor(
    readonly pad: string,
    readonly changed: () => void,
  ) {}

  /** Puts into the document what is there, if it is to, of the first of its kind; keeps from now on what `ours` says was made here. A browser may refuse: then `fails` says so. */
  async open(person: string, doc: Doc, ours: (origin: unknown) => boolean, load: boolean): Promise<void> {
    try {
      this.#database = await opened(`pads:${person}`);
      if (load) await this.#load(doc);
    } catch {
      this.#refuse();
    }
    doc.on("update", (update: Uint8Array, origin: unknown) => void (origin !== this && ours(origin) && this.#keep(update)));
  }

  /** Forgets what this page has read or written: it is on the server. */
  forget(): void {
    if (!this.#database || this.#writing || !this.#keys.length) return;
    const change = this.#database.transaction(STORE, "readwrite");
    for (const key of this.#keys.splice(0)) change.objectStore(STORE).delete(key);
    change.commit(); // the page may end now
  }

  #load(doc: Doc): Promise<void> {
    return new Promise((go, fail) => {
      const asked = this.#database!.transaction(STORE).objectStore(STORE).index("pad").openCursor(this.pad);
      asked.onerror = () => fail(asked.error);
      asked.onsuccess = () => {
        const cursor = asked.result;
        if (!cursor) return go();
        const { epoch = 0, update } = cursor.value as Row;
        this.epoch ??= epoch;
        if (epoch === this.epoch) {
          applyUpdate(doc, update, this);
          this.#keys.push(cursor.primaryKey);
          this.found = true;
        }
        cursor.continue();
      };
    });
  }

  #keep(update: Uint8Array): void {
    this.safe = false;
    if (!this.#database) return this.changed();
    this.#writing++;
    const change = this.#database.transaction(STORE, "readwrite", { durability: "strict" });
    const added = change.objectStore(STORE).add({ pad: this.pad, epoch: this.epoch ?? 0, update } satisfies Row);
    added.onsuccess = () => this.#keys.push(added.result);
    change.oncomplete = () => this.#kept(true);
    change.onabort = () => this.#kept(false);
  }

  #kept(well: boolean): void {
    this.#writing--;
    if (!well) this.#refuse(); // no more room, say: nothing further is claimed
    this.safe = !this.fails && !this.#writing;
    this.changed();
  }

  #refuse(): void {
    this.#database = null;
    this.fails = true;
  }
}

/** What was typed of a document that is not here: its words, in no place. */
export function unplaced(doc: Doc): string {
  const pieces = doc.store.pendingStructs ? decodeUpdateV2(doc.store.pendingStructs.update).structs : [];
  return pieces.map((piece) => (piece instanceof Item && piece.content instanceof ContentString ? piece.content.str : "")).join("");
}

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((go, fail) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => void asked.result.createObjectStore(STORE, { autoIncrement: true }).createIndex("pad", "pad");
    asked.onsuccess = () => go(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}
