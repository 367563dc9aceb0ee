/** Sizes, days and numbers, written as `web/formats.py` writes them. */
import { page } from "./element";
import { gettext, ngettext, number } from "./words";

const english = (): boolean => document.documentElement.lang.startsWith("en");
const SHORT = {
  fr: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
  en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"],
};

export function size(bytes: number): string {
  const units = [ngettext("octet", "octets", bytes), gettext("Ko"), gettext("Mo"), gettext("Go"), gettext("To")];
  let power = 0;
  while (power < units.length - 1 && Math.round((bytes / 1000 ** power) * 10) / 10 >= 1000) power++;
  return `${number(bytes / 1000 ** power, power > 1 ? 1 : 0)}\u00a0${units[power]}`;
}

let clock: Intl.DateTimeFormat | undefined;

/** A moment by the clock of the page, which is not always that of the browser. */
function parts(seconds: number): { year: number; month: number; day: number; hour: number; minute: number } {
  clock ??= new Intl.DateTimeFormat("en-GB", {
    timeZone: page().dataset["zone"],
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23", calendar: "gregory",
  });
  const told = new Map(clock.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]));
  const [year, month, day, hour, minute] = (["year", "month", "day", "hour", "minute"] as const).map((one) => told.get(one)!);
  return { year: year!, month: month!, day: day!, hour: hour!, minute: minute! };
}

export function day(seconds: number): string {
  const { year, month, day } = parts(seconds);
  return `${day} ${SHORT[english() ? "en" : "fr"][month - 1]} ${year}`;
}

/** A day and its hour. */
export function moment(seconds: number): string {
  const { hour, minute } = parts(seconds);
  const [hours, minutes] = [String(hour), String(minute).padStart(2, "0")];
  return `${day(seconds)}, ${english() ? `${hours.padStart(2, "0")}:${minutes}` : `${hours}\u00a0h\u00a0${minutes}`}`;
}

/** A length of time still to wait, told roughly. */
export function wait(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))}\u00a0s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)}\u00a0min` : `${number(seconds / 3600, 1)}\u00a0h`;
}

/** A text without accents, ligatures nor case, as `order.plain` makes it. */
export function plain(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/œ/g, "oe").replace(/æ/g, "ae").replace(/’/g, "'");
}
