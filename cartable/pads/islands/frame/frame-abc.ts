/** Music in ABC. */
import { renderAbc } from "abcjs";
import { type Draw, inside } from "./drawing";

const draw: Draw = (source) => inside((place) => renderAbc(place, source, { staffwidth: 640 }));
export default draw;
