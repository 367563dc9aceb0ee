/** The sentences of the islands, translated by the script that the server makes from its catalogue. */
type Words = {
  gettext?: (text: string) => string;
  ngettext?: (one: string, several: string, count: number) => string;
};
const words = window as unknown as Words;

export const gettext = (text: string): string => words.gettext?.(text) ?? text;

export const ngettext = (one: string, several: string, count: number): string =>
  words.ngettext?.(one, several, count) ?? (Math.abs(count) < 2 ? one : several);

const english = (): boolean => document.documentElement.lang.startsWith("en");

/** A number as people write it: 10 000,5 in French, 10,000.5 in English. */
export function number(value: number, decimals = 0): string {
  return new Intl.NumberFormat(english() ? "en-GB" : "fr", { maximumFractionDigits: decimals }).format(value);
}

/** Puts values where the sentence names them: `fill("« %(name)s »", { name })`. */
export function fill(sentence: string, values: Record<string, string | number>): string {
  const told = (value: string | number | undefined): string => (typeof value === "number" ? number(value) : String(value));
  return sentence.replace(/%\((\w+)\)s/g, (_, name: string) => told(values[name]));
}
