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

export class Threads {
  constructor(readonly address: string) {}

  /** Throws Refused. */
  async all(): Promise<Thread[]> {
    return (await read<{ threads: Thread[] }>(this.address)).threads;
  }

  /** Begins one; with `proposed`, words in place of the passage. */
  async begin(anchor: string, quote: string, text: string, proposed: string | null): Promise<void> {
    await post(this.address, { anchor, quote, text, ...(proposed === null ? {} : { proposed }) });
  }

  async answer(thread: number, text: string): Promise<void> {
    await post(`${this.address}/${thread}/answer`, { text });
  }

  async change(remark: number, text: string): Promise<void> {
    await post(`${this.address}/${remark}/change`, { text });
  }

  async remove(remark: number): Promise<void> {
    await post(`${this.address}/${remark}/remove`);
  }

  async judge(thread: number, verdict: Thread["verdict"]): Promise<void> {
    await post(`${this.address}/${thread}/judge`, { verdict });
  }
}
