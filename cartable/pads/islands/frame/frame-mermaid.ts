/** Diagrams of Mermaid, and those of js-sequence-diagrams, which nobody keeps any more and whose language is almost the same. */
import mermaid from "mermaid";
import { type Draw } from "./drawing";
import { sequence } from "./sequence";

mermaid.initialize({
  startOnLoad: false,
  securityLevel: "strict",
  suppressErrorRendering: true,
  htmlLabels: false, // letters of SVG alone: it becomes a picture
  flowchart: { htmlLabels: false },
  fontFamily: "sans-serif",
});
let count = 0;

const draw: Draw = async (source, language) => {
  const said = language === "sequence" ? sequence(source) : source;
  return (await mermaid.render(`drawing-${count++}`, said)).svg;
};
export default draw;
