"""The database refuses to change acts, and to delete those younger than a year, whoever asks."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    """CREATE TRIGGER act_unchanged BEFORE UPDATE ON kernel_act
    BEGIN SELECT RAISE(ABORT, 'acts are never changed'); END""",
    """CREATE TRIGGER act_kept BEFORE DELETE ON kernel_act WHEN OLD.at > datetime('now', '-365 days')
    BEGIN SELECT RAISE(ABORT, 'acts are kept for a year'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION kernel_act_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '365 days' THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'acts are never changed, and kept for a year' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE TRIGGER act_kept BEFORE UPDATE OR DELETE ON kernel_act
    FOR EACH ROW EXECUTE FUNCTION kernel_act_guard()""",
]


def guard(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def unguard(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION kernel_act_guard() CASCADE")
    else:
        for name in ("act_unchanged", "act_kept"):
            schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_audit_and_rates")]
    operations = [migrations.RunPython(guard, unguard)]
