/** Flow charts of flowchart.js. */
import { parse } from "flowchart.js";
import { type Draw, inside } from "./drawing";

const LOOKS = { "line-width": 2, "font-size": 14, "font-family": "sans-serif", "yes-text": "oui", "no-text": "non" };

const draw: Draw = (source) => inside((place) => parse(source).drawSVG(place, LOOKS));
export default draw;
