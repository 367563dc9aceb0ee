/**
 * <identity-passkey>                    or <identity-passkey data-from="/login/passkey">
 *   <script type="application/json">…   what is asked of the browser, unless it is read from that address
 *   <form><input type="hidden" name="credential"> … <button hidden></form>
 * </identity-passkey>
 * Shows the button where the browser knows passkeys. Sending the form makes one, or shows one, and sends it along
 * (Web Authentication, level 3 §5.1; bytes travel as Base64URL, as in its JSON).
 */
import "../../web/islands/web-page"; // all of it: what pages share is then one file
import { Island, el, must } from "../../web/islands/element";
import { read } from "../../web/islands/requests";
import { gettext } from "../../web/islands/words";

type Named = { id: string; type: "public-key" };
type Asked = {
  publicKey: Record<string, unknown> & {
    challenge: string;
    user?: { id: string; name: string; displayName: string };
    excludeCredentials?: Named[];
    allowCredentials?: Named[];
  };
};

class Passkey extends Island {
  connect(signal: AbortSignal): void {
    if (!("PublicKeyCredential" in window)) return;
    const form = must<HTMLFormElement>(this, "form");
    must<HTMLButtonElement>(form, "button").hidden = false;
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        void this.#send(form).catch((error: unknown) => this.#complain(error));
      },
      { signal },
    );
  }

  async #send(form: HTMLFormElement): Promise<void> {
    this.querySelector("[role=alert]")?.remove();
    const shown = await show(await this.#asked());
    must<HTMLInputElement>(form, "[name=credential]").value = JSON.stringify(shown);
    form.submit();
  }

  async #asked(): Promise<Asked> {
    const from = this.dataset["from"];
    if (from) return (await read<{ request_options: Asked }>(from)).request_options;
    return JSON.parse(must(this, "script").textContent!) as Asked;
  }

  #complain(error: unknown): void {
    const known = error instanceof DOMException && error.name === "InvalidStateError";
    const sentence = known
      ? gettext("Cet appareil a déjà une clé d’accès pour ce compte.")
      : gettext("Aucune clé d’accès n’a été donnée. Recommencez, ou choisissez un autre moyen.");
    this.append(el("p", { class: "notice bad", role: "alert" }, sentence));
  }
}

/** Has the browser make a passkey, or show one that it has, and returns it as JSON. */
async function show({ publicKey }: Asked): Promise<unknown> {
  const challenge = bytes(publicKey.challenge);
  if (publicKey.user) {
    const options = {
      ...publicKey,
      challenge,
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: publicKey.excludeCredentials?.map(located),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    } as unknown as PublicKeyCredentialCreationOptions;
    return spelled(await navigator.credentials.create({ publicKey: options }));
  }
  const allowCredentials = publicKey.allowCredentials?.map(located);
  const options = { ...publicKey, challenge, allowCredentials } as unknown as PublicKeyCredentialRequestOptions;
  return spelled(await navigator.credentials.get({ publicKey: options }));
}

function located(one: Named): PublicKeyCredentialDescriptor {
  return { ...one, id: bytes(one.id) };
}

function spelled(given: Credential | null): unknown {
  const credential = given as PublicKeyCredential;
  const response: Record<string, string> = {};
  for (const field of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const value = (credential.response as unknown as Record<string, unknown>)[field];
    if (value instanceof ArrayBuffer) response[field] = text(value);
  }
  const id = text(credential.rawId);
  return { id, rawId: id, type: credential.type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

function bytes(base64url: string): ArrayBuffer {
  const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (one) => one.charCodeAt(0)).buffer;
}

function text(raw: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(raw));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

customElements.define("identity-passkey", Passkey);
