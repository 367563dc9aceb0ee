/** The front matter of a text, as pads/markdown/front.py reads it: what of it changes how the rest is shown. */
import { type Node, isAlias, isCollection, isMap, isNode, isScalar, parseAllDocuments, visit } from "yaml";

const LONGEST = 8192, DEEPEST = 5; // characters; one in another
const FENCED = /^---[ \t]*\n([^]*?)^(?:---|\.\.\.)[ \t]*(?:\n|(?![^]))/m;
const TAGS = /^(tag:yaml\.org,2002:(null|bool|int|float|binary|timestamp|omap|pairs|set|str|seq|map))?$/;
const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$/;

/** `lines`: how many of the text it takes. */
export type Front = { breaks: boolean; lang: string; rtl: boolean; lines: number };

const NONE: Front = { breaks: true, lang: "", rtl: false, lines: 0 };

/** What a text says of itself, and the rest. A head that cannot be read is part of the text. */
export function split(text: string): [Front, string] {
  const head = text.startsWith("---") ? FENCED.exec(text) : null;
  if (!head || head.index || head[1]!.length > LONGEST) return [NONE, text];
  const said = read(head[1]!);
  if (said === undefined) return [NONE, text];
  return [front(said, head[0].split("\n").length - 1), text.slice(head[0].length)];
}

/** What YAML says: an object, or undefined for what is none, is broken, or is made to be large. */
function read(source: string): Record<string, unknown> | undefined {
  try {
    const documents = parseAllDocuments(source, { version: "1.1", uniqueKeys: false, logLevel: "silent" });
    if (!Array.isArray(documents) || !documents.length) return {};
    const [one] = documents;
    if (documents.length > 1 || !one || one.errors.length || !plain(one.contents)) return undefined;
    if (isMap(one.contents)) return one.toJS() as Record<string, unknown>;
    return one.toJS() === null ? {} : undefined;
  } catch {
    return undefined;
  }
}

/** Whether what YAML says is plain values alone: an alias makes a bomb of ten lines. */
function plain(contents: Node | null): boolean {
  let good = true;
  visit(contents, (_key, one, path) => {
    if (!isNode(one)) return;
    const day = isScalar(one) && one.value instanceof Date ? one.value.getTime() : 0;
    if (isAlias(one) || path.filter(isCollection).length >= DEEPEST || !TAGS.test(one.tag ?? "") || Number.isNaN(day)) good = false;
    return good ? undefined : visit.BREAK;
  });
  return good;
}

function front(said: Record<string, unknown>, lines: number): Front {
  const lang = typeof said["lang"] === "string" ? said["lang"].trim() : "";
  return { breaks: said["breaks"] !== false, lang: LANGUAGE.test(lang) ? lang : "", rtl: said["dir"] === "rtl", lines };
}
