/** Sizes, days and numbers, written as `web/formats.py` writes them. */
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

export function day(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${date.getDate()} ${SHORT[english() ? "en" : "fr"][date.getMonth()]} ${date.getFullYear()}`;
}

/** A day and its hour. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  const [hours, minutes] = [String(date.getHours()), String(date.getMinutes()).padStart(2, "0")];
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
