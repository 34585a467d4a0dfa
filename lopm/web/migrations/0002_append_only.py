"""The log is written once: the database itself refuses to change or remove a line."""
from django.db import migrations

SQLITE = [f"""CREATE TRIGGER web_entry_no_{verb} BEFORE {verb.upper()} ON web_entry
              BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""" for verb in ('update', 'delete')]
POSTGRESQL = [
    """CREATE FUNCTION web_entry_refuse() RETURNS trigger AS $$
       BEGIN RAISE EXCEPTION 'the log is append-only'; END $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER web_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON web_entry
       FOR EACH STATEMENT EXECUTE FUNCTION web_entry_refuse()"""]


def forwards(apps, editor):
    for statement in {'sqlite': SQLITE, 'postgresql': POSTGRESQL}[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [('web', '0001_initial')]
    operations = [migrations.RunPython(forwards)]
