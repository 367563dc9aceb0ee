/** What a text or a remark may name, as the site finds it for this person. */
import { read } from "../../web/islands/requests";

/** Somebody, or a document and its address. */
export type Hit = { name: string; place: string; address?: string; sub?: string };
export type Kind = "people" | "documents";

/** `@` and the beginning of a name, one word or two. */
export const PERSON = /(?<![\p{L}\p{N}._@-])@\p{L}[\p{L}'’-]+(?: [\p{L}'’-]*)?/u;

/** People or documents whose name begins so. Where the site does not answer, there are none. */
export async function lookUp(address: string, kind: Kind, text: string): Promise<Hit[]> {
  const { hits } = await read<{ hits: Hit[] }>(`${address}?${new URLSearchParams({ [kind]: text })}`).catch(() => ({ hits: [] }));
  return hits;
}
