/** Moving rows by dragging them onto a folder of the list or of the trail. Every drag has its button: "Déplacer". */

const KIND = "application/x-cartable-rows";

export function dragRows(
  list: HTMLElement,
  body: HTMLElement,
  taken: (id: number) => number[],
  drop: (ids: number[], into: string) => void,
  signal: AbortSignal,
): void {
  body.addEventListener(
    "dragstart",
    (event) => {
      const row = (event.target as Element).closest<HTMLElement>("tr");
      if (!row || !event.dataTransfer) return;
      event.dataTransfer.setData(KIND, taken(Number(row.dataset["id"])).join());
      event.dataTransfer.effectAllowed = "move";
    },
    { signal },
  );
  document.addEventListener("dragover", (event) => over(event), { signal });
  document.addEventListener("dragleave", () => mark(null), { signal });
  document.addEventListener(
    "drop",
    (event) => {
      const onto = target(event);
      mark(null);
      const ids = event.dataTransfer?.getData(KIND);
      if (!onto || !ids) return;
      event.preventDefault();
      const { node, id } = onto.dataset;
      const into = node ?? id!;
      const moved = ids.split(",").map(Number).filter((one) => String(one) !== into);
      if (moved.length) drop(moved, into);
    },
    { signal },
  );

  function over(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes(KIND)) return;
    const onto = target(event);
    mark(onto);
    if (onto) event.preventDefault();
  }

  function target(event: DragEvent): HTMLElement | null {
    const at = event.target as Element;
    const row = at.closest<HTMLElement>("tr");
    if (row && list.contains(row)) return row.querySelector("a.folder") ? row : null;
    return at.closest<HTMLElement>(".trail [data-node]");
  }
}

function mark(onto: HTMLElement | null): void {
  for (const one of document.querySelectorAll(".onto")) if (one !== onto) one.classList.remove("onto");
  onto?.classList.add("onto");
}
