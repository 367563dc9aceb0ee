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

export type Way = { label: string; href: string };

/** The site refused, and says why in a sentence for people; `way` leads out of it, if something does. */
export class Refused extends Error {
  constructor(
    sentence: string,
    readonly status: number,
    readonly way?: Way,
  ) {
    super(sentence);
  }
}

export const UNREAD = (): string => gettext("La page ne s’est pas ouverte. Rechargez celle-ci, puis réessayez.");

/** What to throw when the site answers with its sign-in page. */
function signedOut(url: string): Refused | null {
  if (new URL(url, location.href).pathname !== "/login") return null;
  return new Refused(gettext("Votre session est terminée."), 401, wayBack());
}

/** Where one signs in again and comes back here. */
export function wayBack(): Way {
  return { label: gettext("Se reconnecter"), href: `/login?next=${encodeURIComponent(location.pathname + location.search)}` };
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
  const ended = signedOut(answer.url);
  if (ended) throw ended;
  const said: unknown = await answer.json().catch(() => ({}));
  if (answer.ok && isAnswer(said)) return said;
  const { sentence, way } = said as { sentence?: string; way?: Way };
  throw new Refused(sentence ?? gettext("Le site n’a pas pu le faire. Rechargez la page, puis réessayez."), answer.status, way);
}

function isAnswer(said: unknown): said is Answer {
  return typeof said === "object" && said !== null && "said" in said;
}

/** What a page of ours gives in JSON. Throws Refused. */
export async function read<T>(url: string): Promise<T> {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  const ended = answer && signedOut(answer.url);
  if (ended) throw ended;
  if (!answer?.ok) throw new Refused(gettext("La liste n’a pas pu être chargée. Rechargez la page."), answer?.status ?? 0);
  return (await answer.json()) as T;
}

/** A file that a page of ours makes, under the name it gives (RFC 6266). Throws Refused. */
export async function fetchFile(url: string, signal: AbortSignal): Promise<File> {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, signal }).catch(() => null);
  if (!answer) throw new Refused(gettext("Le réseau ne répond pas. Réessayez."), 0);
  const ended = signedOut(answer.url);
  if (ended) throw ended;
  if (!answer.ok) throw await refusalOf(answer);
  const named = answer.headers.get("Content-Disposition") ?? "";
  const name = /filename\*=utf-8''([^;]+)/i.exec(named)?.[1] ?? /filename="((?:[^"\\]|\\.)*)"/.exec(named)?.[1] ?? "";
  return new File([await answer.blob()], decodeURIComponent(name));
}

/** What to throw when the site refuses. */
async function refusalOf(answer: Response): Promise<Refused> {
  const { sentence, way } = (await answer.json().catch(() => ({}))) as { sentence?: string; way?: Way };
  return new Refused(sentence ?? gettext("Le site n’a pas pu le faire. Rechargez la page, puis réessayez."), answer.status, way);
}

/** Takes the token against forgery anew: who signed in again, beside this page, has another. Throws Refused. */
export async function renew(): Promise<void> {
  const token = (await fetchPage(location.href)).querySelector<HTMLElement>("web-page")?.dataset["token"];
  if (token) page().dataset["token"] = token;
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
    request.onload = () => {
      const ended = signedOut(request.responseURL);
      if (ended || !request.responseXML) fail(ended ?? new Refused(UNREAD(), request.status));
      else go(request.responseXML);
    };
    request.onerror = () => fail(new Refused(gettext("Le réseau ne répond pas. Réessayez."), 0));
    request.send();
  });
}
