/** The sentences of the islands, translated by the script that the server makes from its catalogue. */
type Words = {
  gettext?: (text: string) => string;
  ngettext?: (one: string, several: string, count: number) => string;
};
const words = window as unknown as Words;

export const gettext = (text: string): string => words.gettext?.(text) ?? text;

export const ngettext = (one: string, several: string, count: number): string =>
  words.ngettext?.(one, several, count) ?? (Math.abs(count) < 2 ? one : several);

/** Puts values where the sentence names them: `fill("« %(name)s »", { name })`. */
export function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/%\((\w+)\)s/g, (_, name: string) => String(values[name]));
}
