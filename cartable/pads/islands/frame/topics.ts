/** The ideas of a text, as markmap finds them: headings below headings, and the items of lists below those. */

/** Letters of one look, said by attributes of SVG. */
export type Words = { text: string; look: string };
export type Line = Words[];
export type Topic = { said: Line[]; below: Topic[] };

const BLOCKS = "h1, h2, h3, h4, h5, h6, ul, ol, pre, table";
const LISTS = "ul, ol";
const LONGEST = 400; // letters of a topic
const BEGIN_LINES = new Set(["blockquote", "br", "div", "p", "pre", "tr"]);
const LOOKS: Record<string, string> = {
  strong: ' font-weight="bold"',
  b: ' font-weight="bold"',
  em: ' font-style="italic"',
  i: ' font-style="italic"',
  code: ' font-family="monospace"',
  kbd: ' font-family="monospace"',
  a: ' text-decoration="underline"',
  ins: ' text-decoration="underline"',
  u: ' text-decoration="underline"',
  del: ' text-decoration="line-through"',
  s: ' text-decoration="line-through"',
  sub: ' font-size="75%" baseline-shift="sub"',
  sup: ' font-size="75%" baseline-shift="super"',
};

/** The topic that all others are below; one without words where there are several. */
export function topics(text: DocumentFragment): Topic {
  const root: Topic = { said: [], below: [] }, above = [{ level: 0, topic: root }];
  for (const block of text.querySelectorAll(BLOCKS)) {
    if (block.parentElement?.closest(`${BLOCKS}, nav, .footnotes`)) continue; // said by what it is in, or by nobody
    const level = Number(/^h([1-6])$/.exec(block.localName)?.[1] ?? 7);
    while (above.at(-1)!.level >= level) above.pop();
    const found = block.matches(LISTS) ? items(block) : [{ said: lines([block]), below: [] }];
    above.at(-1)!.topic.below.push(...found);
    if (level < 7) above.push({ level, topic: found[0]! });
  }
  return root.below.length === 1 ? root.below[0]! : root;
}

function items(list: Element): Topic[] {
  const first = Number(list.getAttribute("start") ?? 1), lists = (node: Node): node is Element => node instanceof Element && node.matches(LISTS);
  return [...list.children].map((item, at) => {
    const said = lines([...item.childNodes].filter((one) => !lists(one)));
    if (list.localName === "ol") (said[0] ??= []).unshift({ text: `${first + at}. `, look: "" });
    return { said, below: [...item.children].filter(lists).flatMap(items) };
  });
}

/** The words of some nodes, by lines. */
function lines(nodes: Node[]): Line[] {
  const found: Line[] = [[]];
  let room = LONGEST;
  const say = (said: string, look: string, kept = false): void => {
    const line = found.at(-1)!, text = kept || /\S$/.test(line.at(-1)?.text ?? "") ? said : said.trimStart();
    if (room > 0 && text) line.push({ text: text.length > room ? `${text.slice(0, room)}…` : text, look });
    room -= text.length;
  };
  const read = (node: Node, look: string, kept: boolean): void => {
    if (node instanceof Text) {
      const rows = kept ? node.data.split("\n") : [node.data.replace(/\s+/g, " ")];
      for (const [at, row] of rows.entries()) {
        if (at) found.push([]);
        say(row, look, kept);
      }
    } else if (node instanceof Element && room > 0) {
      const name = node.localName, own = LOOKS[name] ?? "";
      if (BEGIN_LINES.has(name)) found.push([]);
      if (/^t[dh]$/.test(name) && node.previousElementSibling) say(" | ", look);
      if (name === "img") say(node.getAttribute("alt") ?? "", look);
      if (name === "input") say(node.hasAttribute("checked") ? "☑" : "☐", look);
      for (const child of node.childNodes) read(child, look.includes(own) ? look : look + own, kept || name === "pre");
    }
  };
  for (const node of nodes) read(node, "", false);
  for (const line of found) if (line.length) line.at(-1)!.text = line.at(-1)!.text.trimEnd();
  return found.filter((line) => line.some(({ text }) => text.trim()));
}
