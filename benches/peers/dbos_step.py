"""One durable step of DBOS on a private PostgreSQL: dbos_step.py STEPS. Prints processor milliseconds a step, its own and the server's."""
import glob
import importlib.metadata
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

STEPS = int(sys.argv[1])
WARM = 50


def ticks(pid):
    try:
        words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return 0
    return sum(int(word) for word in words[11:15])


def server_ms(leader):
    """Of the server and every process it has started; what has ended counts with its parent."""
    rows = [path.split("/")[2] for path in glob.glob("/proc/[0-9]*/stat")]
    parents = {}
    for pid in rows:
        try:
            parents[pid] = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()[1]
        except OSError:
            pass
    family = [pid for pid, parent in parents.items() if parent == leader] + [leader]
    return sum(ticks(pid) for pid in family) * 10


folder = tempfile.mkdtemp(prefix="dbos-bench-")
programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
as_server = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.getuid() == 0 else []
if as_server:
    shutil.chown(folder, "postgres")
data = f"{folder}/data"
subprocess.run([*as_server, f"{programs}/initdb", "-D", data, "-U", "dbos", "-A", "trust"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
server = subprocess.Popen(
    [*as_server, f"{programs}/postgres", "-D", data, "-k", folder, "-c", "listen_addresses="], stderr=subprocess.DEVNULL, cwd=folder)
try:
    for _ in range(200):
        if subprocess.run([f"{programs}/createdb", "-h", folder, "-U", "dbos", "app"], stderr=subprocess.DEVNULL).returncode == 0:
            break
        time.sleep(0.1)
    from dbos import DBOS, DBOSConfig

    url = f"postgresql+psycopg://dbos@/app?host={folder}"
    config: DBOSConfig = {
        "name": "bench", "system_database_url": url, "run_admin_server": False, "log_level": "ERROR"}
    DBOS(config=config)

    # Nothing but what DBOS itself writes: no row of the application's own.
    @DBOS.step()
    def move(number: int) -> int:
        return number + 1

    @DBOS.workflow()
    def transition(number: int) -> None:
        move(number)

    DBOS.launch()
    leader = pathlib.Path(f"{data}/postmaster.pid").read_text().split()[0]
    for number in range(WARM):
        transition(number)
    own, theirs = time.process_time(), server_ms(leader)
    for number in range(WARM, WARM + STEPS):
        transition(number)
    own, theirs = time.process_time() - own, server_ms(leader) - theirs
    DBOS.destroy()
    print(json.dumps({"version": importlib.metadata.version("dbos"), "own_ms": own * 1000 / STEPS, "postgres_ms": theirs / STEPS}))
finally:
    server.terminate()
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)
