"""`cartable doctor`: whether this installation is well, and what to do where it is not."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.doctor import Level, examine


class Command(BaseCommand):
    """One line for each check; a status of 1 if something is bad."""

    help = "Check this installation, and say what to do."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        """Run the command."""
        findings = list(examine())
        for finding in findings:
            remedy = f"  → {finding.remedy}" if finding.remedy else ""
            self.stdout.write(f"{finding.level:4}  {finding.about:12} {finding.found}{remedy}")
        if bad := [finding.about for finding in findings if finding.level is Level.BAD]:
            raise CommandError(f"Not well: {', '.join(bad)}.")
