/** Pictures that stand beside a text: this frame is nobody, so the page around fetches them for it. Links go where that page says. */

const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:|[/\\#?]|$)/i; // how an address begins that is not beside the text
const UPLOADED = /^(?:https?:\/\/([^/:]+)(?::\d+)?)?(?:\/pads)?(\/uploads\/[A-Za-z0-9_.-]+)$/i;
const NAME = "data-picture";

const known = new Map<string, string>(); // the address of each that arrived, in this frame
const asked = new Set<string>();

/** Prepares what a text names beside it; returns the paths of pictures that are to be fetched. */
export function pictures(fragment: DocumentFragment, beside: string, hosts: string[]): string[] {
  for (const link of fragment.querySelectorAll("a[href]")) {
    const address = link.getAttribute("href")!.trim(), sent = uploaded(address, hosts);
    const [path = "", part] = (sent || address).split("#");
    if (!sent && ELSEWHERE.test(path)) continue;
    link.setAttribute("href", `${beside}?path=${encodeURIComponent(decoded(path))}${part ? `#user-content-${part}` : ""}`);
  }
  const wanted: string[] = [];
  for (const picture of fragment.querySelectorAll("img[src]")) {
    const address = picture.getAttribute("src")!.trim(), sent = uploaded(address, hosts);
    const path = sent || decoded(address);
    if (!sent && ELSEWHERE.test(path)) continue;
    picture.setAttribute(NAME, path);
    picture.removeAttribute("src");
    if (known.has(path)) picture.setAttribute("src", known.get(path)!);
    else if (!asked.has(path)) wanted.push(path);
    asked.add(path);
  }
  return wanted;
}

/** Shows a picture that was fetched, wherever the text names it. */
export function arrived(root: HTMLElement, path: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  known.set(path, address);
  for (const one of root.querySelectorAll<HTMLImageElement>(`img[${NAME}]`)) if (one.getAttribute(NAME) === path) one.src = address;
}

/** The path of a picture that was sent to a pad, by HedgeDoc's address; empty for what is none, or is at another host. */
function uploaded(address: string, hosts: string[]): string {
  const [, host, path] = UPLOADED.exec(address) ?? [];
  return path && (!host || hosts.includes(host.toLowerCase())) ? path : "";
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
