// Reads texts (a JSON array) and says each as the preview reads it, before it is cleaned: {head, html}.
import { readFileSync } from "node:fs";
import { split } from "../../../cartable/pads/islands/markdown/front";
import { parser } from "../../../cartable/pads/islands/markdown/syntax";

const said = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  const [{ lines, ...head }, body] = split(text);
  return { head, html: parser(head.breaks, false).render(body, {}) };
});
process.stdout.write(JSON.stringify(said));
