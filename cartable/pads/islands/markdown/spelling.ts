/** How HTML is spelled. */
const UNSAFE: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as HTML says it, in an element or between the quotes of an attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => UNSAFE[one]!);
