/** Maps: places and shapes on the lines of the globe, with a scale. They have no ground, for nobody is asked for anything. */
import { type GeoPermissibleObjects, geoIdentity, geoPath } from "d3-geo";
import { gettext } from "../../../web/islands/words";
import { escaped } from "../markdown/spelling";
import { type Draw } from "./drawing";
import { type View, lines, scale, seen } from "./globe";
import { wide } from "./letters";
import { type Place, places } from "./places";

const WIDTH = 640, HEIGHT = 400, EDGE = 60, LETTERS = 14; // pixels
const TILE = 256 / (2 * Math.PI); // pixels of a radian at zoom 0
const NEAREST = 16; // zoom of a place alone
const BLUE = "#1f6fb2", RED = "#c2410c";

const draw: Draw = (source) => {
  const { all, zoom } = places(source), view = around(all, zoom);
  const path = geoPath(geoIdentity().reflectY(true).scale(view.scale).translate(seen(view, [0, 0])));
  const shapes = all.filter(({ shape }) => !isPoint(shape)).map(({ shape }) => `<path d="${path(shape) ?? ""}" fill="${/Polygon/.test(shape.type) ? BLUE : "none"}" fill-opacity=".2" stroke="${BLUE}" stroke-width="2.5" stroke-linejoin="round"/>`);
  const pins = all.flatMap(({ shape }) => (isPoint(shape) ? points(shape).map((one) => pin(seen(view, one))) : []));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif"><rect width="${WIDTH}" height="${HEIGHT}" fill="#f7f9fa"/>` +
    `${lines(view)}${shapes.join("")}${pins.join("")}${names(all, path)}${scale(view)}<rect width="${WIDTH}" height="${HEIGHT}" fill="none" stroke="#9aa5ad" stroke-width="2"/></svg>`
  );
};
export default draw;

/** What is seen, so that all places are. */
function around(all: Place[], zoom?: number): View {
  const [[west, south], [east, north]] = geoPath().bounds({ type: "GeometryCollection", geometries: all.map(({ shape }) => shape) } as GeoPermissibleObjects);
  if (!(west <= east)) throw new Error(gettext("aucun lieu"));
  const fits = Math.min((WIDTH - 2 * EDGE) / (east - west), (HEIGHT - 2 * EDGE) / (north - south), TILE * 2 ** NEAREST);
  return { middle: [(west + east) / 2, (south + north) / 2], scale: zoom === undefined ? fits : TILE * 2 ** zoom, width: WIDTH, height: HEIGHT };
}

const isPoint = (shape: GeoPermissibleObjects): boolean => /Point$/.test(shape.type);

function points(shape: GeoPermissibleObjects): [number, number][] {
  const { type, coordinates } = shape as { type: string; coordinates: unknown };
  return (type === "Point" ? [coordinates] : coordinates) as [number, number][];
}

const pin = ([x, y]: [number, number]): string => `<path d="M${x} ${y}l-7 -13a8 8 0 1 1 14 0z" fill="${RED}" stroke="#fff"/><circle cx="${x}" cy="${y - 17}" r="3" fill="#fff"/>`;

/** The names of places beside them, where they hide no other. */
function names(all: Place[], path: ReturnType<typeof geoPath>): string {
  const taken: [number, number, number][] = []; // left, right and foot of each
  return all.flatMap(({ name, shape }) => {
    const [x, y] = path.centroid(shape), long = wide(name, LETTERS), point = isPoint(shape);
    const near = point ? 12 : -long / 2, left = x + near + long > WIDTH - 4 ? x - near - long : x + near, foot = point ? y - 12 : y + 5;
    const hidden = taken.some(([from, to, low]) => left < to && left + long > from && Math.abs(foot - low) < LETTERS + 2);
    if (!name || hidden || !Number.isFinite(x)) return [];
    taken.push([left, left + long, foot]);
    return [`<text x="${left}" y="${foot}" font-size="${LETTERS}" fill="#222" stroke="#fff" stroke-width="3" paint-order="stroke">${escaped(name)}</text>`];
  }).join("");
}
