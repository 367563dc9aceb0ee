/** Videos that a text leads to, shown where it is read: of the hosts that the operator lists, and once one asks for it. Until then nobody there hears of it. */
import { el } from "../../web/islands/element";
import { fill, gettext } from "../../web/islands/words";

const FEATURES = "fullscreen; picture-in-picture"; // that a player may ask the browser for
type Rule = { page: RegExp; player: string };
const RULES: Rule[] = [ // the address of a video, without its scheme, and of its player; the first that fits
  { page: /^(?:(?:www|m)\.)?youtube\.com\/watch\?(?:.*&)?v=([\w-]{1,64})/, player: "www.youtube-nocookie.com/embed/$1" },
  { page: /^youtu\.be\/([\w-]{1,64})/, player: "www.youtube-nocookie.com/embed/$1" },
  { page: /^(?:www\.)?vimeo\.com\/(\d{1,20})/, player: "player.vimeo.com/video/$1" },
  { page: /^([\w.-]+)\/(?:w|videos\/watch)\/([\w-]{1,64})/, player: "$1/videos/embed/$2" }, // PeerTube
  { page: /^([\w.-]+)\/video\/([\w-]{1,250})/, player: "$1/video/$2/?is_iframe=true" }, // Esup-Pod, which PodEduc is
];

/** The address of the player of a video; nothing for one that is at none of these hosts. */
export function player(address: string, hosts: readonly string[]): string | undefined {
  const bare = address.replace(/^https:\/\//, "");
  if (bare === address) return undefined;
  const rule = RULES.find(({ page }) => page.test(bare));
  const found = rule && bare.match(rule.page)![0].replace(rule.page, rule.player);
  return found && hosts.includes(found.slice(0, found.indexOf("/"))) ? `https://${found}` : undefined;
}

/** Puts beside each link to a video a button that shows it in its place. */
export function offer(root: ParentNode, hosts: readonly string[]): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a[href^='https://']")) {
    const src = player(link.href, hosts);
    if (!src) continue;
    const ask = el("button", { type: "button", class: "watch" }, fill(gettext("Regarder ici (%(host)s)"), { host: new URL(src).host }));
    ask.addEventListener("click", () => ask.replaceWith(shown(link.textContent ?? "", src)), { once: true });
    link.after(" ", ask);
  }
}

function shown(name: string, src: string): HTMLIFrameElement {
  const title = fill(gettext("Vidéo : %(name)s"), { name }), referrerpolicy = "strict-origin-when-cross-origin"; // which YouTube asks for
  return el("iframe", { class: "player", title, src, sandbox: "allow-scripts allow-same-origin allow-presentation allow-popups", allow: FEATURES, referrerpolicy });
}
