/** What a map is to show: `longitude, latitude, zoom` as CodiMD reads it, or GeoJSON (RFC 7946). */
import { type GeoPermissibleObjects, geoMercatorRaw } from "d3-geo";
import { fill, gettext } from "../../../web/islands/words";
import { degrees } from "./globe";

/** A shape on the plane of Mercator, in radians, and its name. */
export type Place = { name: string; shape: GeoPermissibleObjects };

type Data = Record<string, unknown>;

const HERE = /^[-\d.,\s]+$/;
const ZOOM = 16, CLOSEST = 18; // of maps of CodiMD where none is said; of those of OpenStreetMap
const DEPTHS: Record<string, number> = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };
const MOST = 10_000, DEEPEST = 4; // positions; collections within one another
const NORTH = 85, LONGEST = 60; // degrees, beyond which Mercator has no end; letters of a name
const RADIANS = Math.PI / 180;

/** The places of a source; `zoom` is how near they are seen, where the source says so. */
export function places(source: string): { all: Place[]; zoom?: number } {
  if (HERE.test(source)) return here(source);
  if (!/^\s*\{/.test(source)) throw new Error(gettext("une adresse n’est demandée à personne : écrivez longitude, latitude, zoom"));
  return { all: new Reading().object(JSON.parse(source) as Data) };
}

function here(source: string): { all: Place[]; zoom: number } {
  const [lng = NaN, lat = NaN, zoom = ZOOM] = source.split(",").map((one) => parseFloat(one));
  const name = `${degrees(lat, "lat", 5)}, ${degrees(lng, "lng", 5)}`;
  return { all: [{ name, shape: { type: "Point", coordinates: position([lng, lat]) } }], zoom: Math.min(Math.max(zoom || 0, 0), CLOSEST) };
}

/** One reading of GeoJSON: as much as it takes in all. */
class Reading {
  #left = MOST;

  object(said: Data, name = "", depth = 0): Place[] {
    const { type, features, geometry, geometries, coordinates } = said;
    if (depth > DEEPEST) throw new Error(gettext("trop de collections les unes dans les autres"));
    const inside = (all: unknown): Place[] => list(all).flatMap((one) => this.object((one ?? {}) as Data, name, depth + 1));
    if (type === "FeatureCollection") return inside(features);
    if (type === "GeometryCollection") return inside(geometries);
    if (type === "Feature") return geometry ? this.object(geometry as Data, named(said["properties"]), depth + 1) : [];
    if (typeof type !== "string" || !Object.hasOwn(DEPTHS, type)) throw new Error(fill(gettext("« %(type)s » n’est pas du GeoJSON"), { type: String(type).slice(0, 40) }));
    return [{ name, shape: { type, coordinates: this.#positions(coordinates, DEPTHS[type]!) } as GeoPermissibleObjects }];
  }

  #positions(said: unknown, depth: number): unknown[] {
    if (depth) return list(said).map((one) => this.#positions(one, depth - 1));
    if (!this.#left--) throw new Error(fill(gettext("plus de %(most)s points"), { most: MOST }));
    return position(said);
  }
}

const list = (said: unknown): unknown[] => (Array.isArray(said) ? said : []);

function position(said: unknown): number[] {
  const [lng, lat] = list(said).map(Number);
  if (!Number.isFinite(lng) || !Number.isFinite(lat) || Math.abs(lng!) > 180 || Math.abs(lat!) > 90) throw new Error(gettext("longitude de -180 à 180, latitude de -90 à 90"));
  return geoMercatorRaw(lng! * RADIANS, Math.max(-NORTH, Math.min(lat!, NORTH)) * RADIANS);
}

function named(properties: unknown): string {
  const { name, title, nom } = (properties ?? {}) as Data, said = [name, title, nom].find((one) => typeof one === "string");
  return ((said as string | undefined) ?? "").slice(0, LONGEST);
}
