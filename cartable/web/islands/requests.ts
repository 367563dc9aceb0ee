/** Requests of islands to pages: the same addresses as the forms, answered in JSON. */
import { page } from "./element";
import { gettext } from "./words";

export type Answer = {
  said: string;
  undo: string;
  to: string;
  node?: number;
  done?: number[];
  refused?: { node: number; sentence: string }[];
};

/** The site refused, and says why in a sentence for people. */
export class Refused extends Error {
  constructor(
    sentence: string,
    readonly status: number,
  ) {
    super(sentence);
  }
}

export async function post(url: string, fields: FormData | Record<string, string> = {}): Promise<Answer> {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  const headers = { Accept: "application/json", "X-CSRFToken": page().dataset["token"]! };
  let answer: Response;
  try {
    answer = await fetch(url, { method: "POST", body, headers });
  } catch {
    throw new Refused(gettext("Le réseau ne répond pas. Réessayez."), 0);
  }
  const said: unknown = await answer.json().catch(() => ({}));
  if (answer.ok && isAnswer(said)) return said;
  const { sentence } = said as { sentence?: string };
  throw new Refused(sentence ?? gettext("Le site n’a pas pu le faire. Rechargez la page, puis réessayez."), answer.status);
}

function isAnswer(said: unknown): said is Answer {
  return typeof said === "object" && said !== null && "said" in said;
}

/**
 * A page of ours as a document, for a part of it to be put into this one. Not `DOMParser` nor `innerHTML`, which Trusted
 * Types refuse: the browser parses it as a document without scripts.
 */
export function fetchPage(url: string): Promise<Document> {
  return new Promise((go, fail) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.onload = () => (request.responseXML ? go(request.responseXML) : fail(new Refused(gettext("La page n’a pas pu être lue."), request.status)));
    request.onerror = () => fail(new Refused(gettext("Le réseau ne répond pas. Réessayez."), 0));
    request.send();
  });
}
