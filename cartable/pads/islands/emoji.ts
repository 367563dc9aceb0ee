/** Emoji by name: loaded once somebody looks for one. */
import emoji from "../markdown/emoji.json";

export const EMOJI: Record<string, string> = emoji;
