/** The language of js-sequence-diagrams (bramp, 2.0) said in that of Mermaid. */

const ARROWS: Record<string, string> = { "->": "->>", "-->": "-->>", "->>": "-)", "-->>": "--)" };
const MESSAGE = /^(.+?)\s*(-->>|->>|-->|->)\s*(.+?)\s*:\s*(.*)$/;
const NOTE = /^note\s+(left of|right of|over)\s+(.+?)\s*:\s*(.*)$/i;
const PARTICIPANT = /^participant\s+(.+?)(?:\s+as\s+(.+))?$/i;
const TITLE = /^title\s*:\s*(.*)$/i;

/** Says it. What is none of its lines goes as it is, for Mermaid to name it in its error. */
export function sequence(source: string): string {
  const actors = new Map<string, string>(); // by the name that lines use
  const known = (name: string): string => {
    const bare = name.trim().replace(/^"(.*)"$/, "$1");
    if (!actors.has(bare)) actors.set(bare, `participant a${actors.size} as ${words(bare)}`);
    return actors.get(bare)!.split(" ")[1]!;
  };
  const lines = source.split("\n").map((line) => said(line.trim(), actors, known));
  return ["sequenceDiagram", ...actors.values(), ...lines.filter(Boolean)].join("\n");
}

function said(line: string, actors: Map<string, string>, known: (name: string) => string): string {
  const title = TITLE.exec(line), note = NOTE.exec(line), participant = PARTICIPANT.exec(line), message = MESSAGE.exec(line);
  if (!line || line.startsWith("#")) return "";
  if (title) return `title: ${words(title[1]!)}`;
  if (note) return `Note ${note[1]!.toLowerCase()} ${note[2]!.split(",").map(known).join(",")}: ${words(note[3]!)}`;
  if (participant) {
    const [, name = "", alias = name] = participant;
    if (!actors.has(alias)) actors.set(alias, `participant a${actors.size} as ${words(name)}`);
    return "";
  }
  return message ? `${known(message[1]!)}${ARROWS[message[2]!]}${known(message[3]!)}: ${words(message[4]!) || " "}` : line;
}

/** Words as Mermaid takes them: `\n` begins a line, and what it reads as a sign is written as an entity. */
const words = (text: string): string => text.replace(/[#;]/g, (one) => (one === "#" ? "#35;" : "#59;")).replace(/\\n/g, "<br/>");
