/** One request of an upload, tried again on what passes. `XMLHttpRequest`, because it tells how far a body has gone. */
import { page } from "../../web/islands/element";
import { type Way, wayBack } from "../../web/islands/requests";
import { gettext } from "../../web/islands/words";

const TRIES = 6;
const SIGNED_OUT = 401;
const LOCKED = 423; // of others nothing is read: an answer without a body is no XML
const SABRE = "http://sabredav.org/ns"; // of the XML in which a refusal says why

/** Somebody or something of that name is there already. `lost`: it may be we, by a request whose answer never came. */
export class Conflict extends Error {
  constructor(readonly lost = false) {
    super();
  }
}

/** The server will not, and trying again would not help. `lost`: an answer to the same request never came. */
export class Refused extends Error {
  readonly way?: Way; // out of it, if something leads there

  constructor(
    readonly status: number,
    readonly lost = false,
    said = "",
  ) {
    super(reason(status, said));
    if (status === SIGNED_OUT) this.way = wayBack();
  }
}

export type Reply = { status: number; header: (name: string) => string | null; xml: Document | null; said: string };
export type Ask = { headers?: Record<string, string>; body?: Blob; sent?: (bytes: number) => void };

/** `said` is the sentence of the server: what is locked is so for several reasons. */
function reason(status: number, said: string): string {
  const reasons: Record<number, string> = {
    401: gettext("Votre session est terminée."),
    403: gettext("Vous n’avez pas le droit d’écrire dans ce dossier."),
    404: gettext("Le dossier n’existe plus."),
    409: gettext("Le dossier n’existe plus."),
    413: gettext("Ce fichier dépasse la taille autorisée."),
    423: said || gettext("Ce document est en cours de modification par une autre personne."),
    507: gettext("L’espace est plein."),
  };
  return reasons[status] ?? gettext("L’envoi n’a pas abouti.");
}

/** Asks until an answer is final. Network lost, 408, 429 and 5xx (507 apart) pass; a refusal does not. Throws Refused, Conflict. */
export async function ask(method: string, url: string, signal: AbortSignal, { headers = {}, body, sent }: Ask = {}): Promise<Reply> {
  let lost = false;
  for (let attempt = 1; ; attempt++) {
    const reply = await once(method, url, signal, headers, body, sent);
    if (reply.status === 412) throw new Conflict(lost);
    if (reply.status >= 200 && reply.status < 300) return reply;
    const passing = reply.status === 0 || reply.status === 408 || reply.status === 429 || (reply.status >= 500 && reply.status !== 507);
    lost ||= reply.status === 0 || reply.status >= 500;
    if (!passing || attempt === TRIES) {
      if (answers(method, reply.status)) return reply;
      throw new Refused(reply.status, lost, reply.said);
    }
    if (reply.status === 0 || reply.status === 502 || reply.status === 503) document.dispatchEvent(new Event("drive-lost"));
    if (reply.status === 0) await online(signal);
    await pause(Number(reply.header("Retry-After")) * 1000 || 400 * 2 ** attempt * (0.5 + Math.random()), signal);
  }
}

/** Whether a refusal is an answer: nothing of that name yet, or a folder that is there already. */
function answers(method: string, status: number): boolean {
  return method === "MKCOL" ? status === 405 : status === 404 && (method === "HEAD" || method === "PROPFIND");
}

function once(
  method: string,
  url: string,
  signal: AbortSignal,
  headers: Record<string, string>,
  body: Blob | undefined,
  sent: ((bytes: number) => void) | undefined,
): Promise<Reply> {
  return new Promise((go, fail) => {
    if (signal.aborted) return fail(signal.reason as Error);
    const request = new XMLHttpRequest();
    request.open(method, url);
    if (method === "PROPFIND") request.responseType = "document"; // not DOMParser: Trusted Types refuse it, even for XML
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest"); // without it a 401 has the browser ask for a password
    request.setRequestHeader("X-CSRFToken", page().dataset["token"]!);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (sent) request.upload.onprogress = (event) => sent(event.loaded);
    const stop = (): void => (request.abort(), fail(signal.reason as Error));
    signal.addEventListener("abort", stop, { once: true });
    request.onloadend = () => {
      signal.removeEventListener("abort", stop);
      const { status } = request;
      const said = (status === LOCKED && request.responseXML?.getElementsByTagNameNS(SABRE, "message")[0]?.textContent) || "";
      go({ status, header: (name) => request.getResponseHeader(name), xml: method === "PROPFIND" ? request.responseXML : null, said });
    };
    request.send(body ?? null);
  });
}

function online(signal: AbortSignal): Promise<void> {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((go, fail) => {
    addEventListener("online", () => go(), { once: true, signal });
    signal.addEventListener("abort", () => fail(signal.reason as Error), { once: true });
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((go, fail) => {
    const timer = setTimeout(go, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), fail(signal.reason as Error)), { once: true });
  });
}
