/** How wide words are where they are drawn, in pixels. */
const ruler = document.createElement("canvas").getContext("2d")!;

/** `look`: "bold", "italic", "monospace", as an attribute of SVG or otherwise. */
export function wide(text: string, size: number, look = ""): number {
  const has = (name: string): string => (look.includes(name) ? name : "");
  ruler.font = `${has("italic")} ${has("bold")} ${size}px ${has("monospace") || "sans-serif"}`;
  return ruler.measureText(text).width;
}
