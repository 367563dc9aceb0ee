"""The server of processes that mostly hold WebSockets: uvicorn, with 11 KiB for each where granian keeps 141."""

import uvicorn

from cartable.config.serve import KILL, certificate
from cartable.options import Options


def serve(options: Options) -> None:
    """Serve until SIGTERM or SIGINT."""
    cert, key = certificate(options.tls) or (None, None)
    uvicorn.run(
        "cartable.config.asgi:bridge",
        factory=True,
        host=options.host,
        port=options.port,
        proxy_headers=False,  # the bridge believes whom the options name, nobody else
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=KILL,
        ssl_certfile=cert,
        ssl_keyfile=key,
    )
