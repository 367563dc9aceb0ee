"""Four threads that each read a number and write the next one, a hundred times. Run in several processes at once."""

import threading

import django
from django.db import connection, transaction

django.setup()


def write():
    for _ in range(100):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT n FROM written")
            cursor.execute("UPDATE written SET n = %s", [cursor.fetchone()[0] + 1])
    connection.close()


threads = [threading.Thread(target=write) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
