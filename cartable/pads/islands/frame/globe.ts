/** The lines of the globe below a map, and its scale: what tells where one is, and how far things are. */
import { geoMercatorRaw } from "d3-geo";
import { fill, gettext, number } from "../../../web/islands/words";

/** The part of the plane of Mercator that is seen: its middle, in radians, and how many pixels a radian is. */
export type View = { middle: [number, number]; scale: number; width: number; height: number };

const DEGREES = 180 / Math.PI, EARTH = 6_378_137; // metres from its middle, as maps of Mercator have it
const STEPS = [60, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001]; // degrees
const FEWEST = 2, NORTH = 85, LABEL = 60; // lines from side to side; the last that is drawn; pixels of its degrees
const BAR = 120, CURVED = 30; // pixels of the scale; degrees of latitude over which none holds

/** Degrees as people write them: 46,5° N. */
export function degrees(value: number, axis: "lng" | "lat", decimals: number): string {
  const sentences = axis === "lat" ? [gettext("%(degrees)s° N"), gettext("%(degrees)s° S")] : [gettext("%(degrees)s° E"), gettext("%(degrees)s° O")];
  return fill(sentences[Number(value < 0)]!, { degrees: number(Math.abs(value), decimals) });
}

/** Where a place of the plane is on the map, in pixels. */
export const seen = ({ middle, scale, width, height }: View, [x, y]: [number, number]): [number, number] => [round(width / 2 + (x - middle[0]) * scale), round(height / 2 - (y - middle[1]) * scale)];

const round = (pixels: number): number => Math.round(pixels * 10) / 10;

/** Lines of longitude and latitude, each with its degrees at its end. */
export function lines(view: View): string {
  const [west, east, south, north] = sides(view), step = STEPS.find((one) => Math.min(east - west, north - south) / one >= FEWEST) ?? STEPS.at(-1)!;
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  const upright = multiples(step, Math.max(west, -180), Math.min(east, 180)).map((lng) => {
    const [x] = seen(view, [lng / DEGREES, 0]);
    return `<path d="M${x} 0V${view.height}"/>${x < view.width - LABEL ? label(x + 4, view.height - 6, degrees(lng, "lng", decimals)) : ""}`;
  });
  const lying = multiples(step, Math.max(south, -NORTH), Math.min(north, NORTH)).map((lat) => {
    const [, y] = seen(view, geoMercatorRaw(0, lat / DEGREES));
    return `<path d="M0 ${y}H${view.width}"/>${y > 16 ? label(4, y - 4, degrees(lat, "lat", decimals)) : ""}`;
  });
  return `<g stroke="#d5dbe0">${upright.join("")}${lying.join("")}</g>`;
}

/** How long a round number of metres is on the map; nothing where that changes from place to place. */
export function scale(view: View): string {
  const [, , south, north] = sides(view);
  if (north - south > CURVED) return "";
  const metres = (Math.cos((south + north) / 2 / DEGREES) * EARTH) / view.scale; // of a pixel
  const tens = 10 ** Math.floor(Math.log10(BAR * metres)), long = [5, 2, 1].map((one) => one * tens).find((one) => one <= BAR * metres)!;
  const right = view.width - 12, left = right - long / metres, low = view.height - 28;
  const said = long < 1000 ? `${number(long, 1)}\u00a0m` : `${number(long / 1000)}\u00a0km`;
  return `<path d="M${left} ${low - 6}v6H${right}v-6" fill="none" stroke="#333" stroke-width="2"/>${label((left + right) / 2, low - 6, said, "middle")}`;
}

/** West, east, south and north of what is seen, in degrees. */
function sides({ middle: [x, y], scale, width, height }: View): [number, number, number, number] {
  const [across, along] = [width / 2 / scale, height / 2 / scale], lat = (one: number): number => geoMercatorRaw.invert!(0, one)[1] * DEGREES;
  return [(x - across) * DEGREES, (x + across) * DEGREES, lat(y - along), lat(y + along)];
}

const multiples = (step: number, from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, at) => (Math.ceil(from / step) + at) * step);

const label = (x: number, y: number, text: string, anchor = "start"): string =>
  `<text x="${x}" y="${y}" font-size="12" fill="#4a5560" text-anchor="${anchor}" stroke="#fff" stroke-width="3" paint-order="stroke">${text}</text>`;
