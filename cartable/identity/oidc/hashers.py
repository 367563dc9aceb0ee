"""How the secrets of machines are kept. They are 256 random bits: nothing is gained by a slow hash, and each request shows one."""

import hmac
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher

from cartable.kernel.sealing import digest


class Machine(BasePasswordHasher):
    """The digest that app passwords are found by, as Django spells a password. Never for what a person chose."""

    algorithm = "machine"

    def salt(self) -> str:
        """Return none: no two secrets are alike."""
        return "-"

    def encode(self, password: str, _salt: str) -> str:
        """Return what is kept."""
        return f"{self.algorithm}$-${digest(password).hex()}"

    def decode(self, encoded: str) -> dict[str, Any]:
        """Return the parts of what is kept."""
        algorithm, salt, kept = encoded.split("$", 2)
        return {"algorithm": algorithm, "hash": kept, "salt": salt}

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether it is this secret."""
        return hmac.compare_digest(self.encode(password, "-"), encoded)

    def safe_summary(self, encoded: str) -> Any:
        """Return what may be shown of it."""
        return {"algorithm": self.decode(encoded)["algorithm"]}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: it has no cost to keep secret."""
