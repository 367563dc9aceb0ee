/** The languages of blocks that are drawn: where one reads, in the preview, and among what is offered while one writes. */
export const DRAWN = ["mermaid", "sequence", "flow", "graphviz", "abc", "markmap", "fretboard", "geo", "vega", "vega-lite"];
