/** What is said about a pad, as the server tells it (pads/comments/pages.py), and what one may do about it. */
import { post, read } from "../../web/islands/requests";

export type Remark = { id: number; author: string; mine: boolean; at: string; changed: boolean; text: string };
export type Thread = {
  id: number;
  anchor: string;
  quote: string;
  proposed: string | null;
  verdict: "" | "settled" | "accepted" | "declined";
  judge: string;
  said: Remark[];
};

/** What one says, and the ids of the people whom one chose to name in it, with spaces between. */
export type Words = { text: string; named: string };

export class Threads {
  constructor(readonly address: string) {}

  /** Throws Refused. */
  async all(): Promise<Thread[]> {
    return (await read<{ threads: Thread[] }>(this.address)).threads;
  }

  /** Begins one; with `proposed`, words in place of the passage. Returns what the server has to say of it. */
  async begin(anchor: string, quote: string, words: Words, proposed: string | null): Promise<string> {
    return (await post(this.address, { anchor, quote, ...words, ...(proposed === null ? {} : { proposed }) })).said;
  }

  async answer(thread: number, words: Words): Promise<string> {
    return (await post(`${this.address}/${thread}/answer`, words)).said;
  }

  async change(remark: number, words: Words): Promise<string> {
    return (await post(`${this.address}/${remark}/change`, words)).said;
  }

  async remove(remark: number): Promise<void> {
    await post(`${this.address}/${remark}/remove`);
  }

  async judge(thread: number, verdict: Thread["verdict"]): Promise<void> {
    await post(`${this.address}/${thread}/judge`, { verdict });
  }
}
