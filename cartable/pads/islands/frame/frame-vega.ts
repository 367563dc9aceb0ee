/** Charts of Vega and Vega-Lite, interpreted: nothing is compiled from a text. What they would fetch they are refused. */
import { View, parse } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";
import { type Draw } from "./drawing";

const draw: Draw = (source, language) => {
  const said = JSON.parse(source) as { $schema?: string; mark?: unknown };
  const lite = language === "vega-lite" || said.$schema?.includes("vega-lite") || (!said.$schema && "mark" in said);
  const spec = lite ? compile(said as Parameters<typeof compile>[0]).spec : said;
  const runtime = parse(spec as Parameters<typeof parse>[0], {}, { ast: true });
  return new View(runtime, { expr: expressionInterpreter, renderer: "none" }).toSVG();
};
export default draw;
