/** Files and folders, empty ones too, of a drop, each with its path. */

export type Dropped = { path: string; file: File | null };

/** Reads a drop. All entries are taken before anything is awaited: the list is emptied after the event. */
export async function dropped(items: DataTransferItemList): Promise<Dropped[]> {
  const given = [...items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: Dropped[] = [];
  for (const one of given) {
    if (one instanceof File) found.push({ path: one.name.normalize("NFC"), file: one });
    else if (one) await walk(one, found);
  }
  return found;
}

/** Reads what a field chose; a folder's files name it in their path. */
export function picked(files: FileList): Dropped[] {
  const found: Dropped[] = [];
  const folders = new Set<string>();
  for (const file of files) {
    const path = (file.webkitRelativePath || file.name).normalize("NFC");
    const names = path.split("/").slice(0, -1);
    names.forEach((_, at) => folders.add(names.slice(0, at + 1).join("/")));
    found.push({ path, file });
  }
  return [...[...folders].map((path) => ({ path, file: null })), ...found];
}

async function walk(entry: FileSystemEntry, found: Dropped[]): Promise<void> {
  const path = entry.fullPath.slice(1).normalize("NFC"); // macOS gives NFD
  if (entry.isFile) {
    found.push({ path, file: await new Promise<File>((go, fail) => (entry as FileSystemFileEntry).file(go, fail)) });
    return;
  }
  found.push({ path, file: null });
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((go, fail) => reader.readEntries(go, fail)); // 100 at most
    if (!batch.length) return;
    for (const child of batch) await walk(child, found);
  }
}
