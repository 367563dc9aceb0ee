/** Graphs of Graphviz, which is WebAssembly. */
import { instance } from "@viz-js/viz";
import { type Draw } from "./drawing";

const viz = instance();

const draw: Draw = async (source) => (await viz).renderString(source, { format: "svg", engine: "dot" });
export default draw;
