/**
 * What was typed and is not known to be on the server, on this device (IndexedDB): one database for each person, since devices
 * are shared, and nothing stays in it longer than it must. Not y-indexeddb: that keeps the whole text until it is told
 * otherwise, and does not say when a change is safe.
 */
import { type Doc, applyUpdate } from "yjs";

const STORE = "updates"; // { pad, update } by a number

type Row = { pad: string; update: Uint8Array };

export class Kept {
  /** Whether all that was typed here is on this device, or on the server. */
  safe = true;
  /** Whether this device cannot keep what is typed. */
  fails = false;
  /** Whether something was there from before. */
  found = false;

  #database: IDBDatabase | null = null;
  #keys: IDBValidKey[] = []; // of what this page has read or written
  #writing = 0;

  constructor(
    readonly pad: string,
    readonly changed: () => void,
  ) {}

  /** Puts into the document what is there; keeps from now on what `ours` says was made here. A browser may refuse: then `fails` says so. */
  async open(person: string, doc: Doc, ours: (origin: unknown) => boolean): Promise<void> {
    try {
      this.#database = await opened(`pads:${person}`);
      await this.#load(doc);
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
        applyUpdate(doc, (cursor.value as Row).update, this);
        this.#keys.push(cursor.primaryKey);
        this.found = true;
        cursor.continue();
      };
    });
  }

  #keep(update: Uint8Array): void {
    this.safe = false;
    if (!this.#database) return this.changed();
    this.#writing++;
    const change = this.#database.transaction(STORE, "readwrite", { durability: "strict" });
    const added = change.objectStore(STORE).add({ pad: this.pad, update } satisfies Row);
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

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((go, fail) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => void asked.result.createObjectStore(STORE, { autoIncrement: true }).createIndex("pad", "pad");
    asked.onsuccess = () => go(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}
