"""Server processes to measure: started on a free port, watched through /proc, and always stopped."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.clients import Connection, get

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0  # seconds that a server may take to answer for the first time, and to stop


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int
    start: float  # seconds from starting the process to the first response

    @property
    def rss(self) -> int:
        """Resident memory of the process, in KB (1,024 bytes). It has no child processes."""
        return self._status("VmRSS")

    @property
    def cpu(self) -> float:
        """Processor time spent by all its threads since it started, in seconds."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def threads(self) -> int:
        return self._status("Threads")

    def _status(self, name: str) -> int:
        found = re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        assert found
        return int(found[1])


@contextlib.contextmanager
def running(arguments: list[str], environment: dict[str, str], path: str) -> Iterator[Server]:
    """Python with those arguments, as a server that has answered 200 at `path`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    began = time.perf_counter()
    # A session of its own: Ctrl+C reaches the bench alone, which then stops its servers.
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=environment | {"PORT": str(port)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        asyncio.run(first_response(process, port, path))
        yield Server(port=port, pid=process.pid, start=time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def first_response(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if process.poll() is not None:
                raise SystemExit(f"The server has ended with {process.returncode} before it answered.")
            with contextlib.suppress(OSError):
                connection = await Connection.open(port)
                try:
                    if (await connection.ask(get(path))).status == 200:
                        return
                finally:
                    connection.close()
            await asyncio.sleep(0.01)


def run(arguments: list[str], environment: dict[str, str]) -> str:
    """Return what Python prints when it runs with these arguments."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} has ended with {done.returncode}.")
    return done.stdout


def local_environment(folder: Path, database_url: str) -> dict[str, str]:
    """The environment of this process, but everything that the server writes goes to `folder`."""
    ours = {
        "KINDWALL_LOCAL": "on",
        "KINDWALL_DEMO": "off",
        "DEBUG": "off",
        "HTTPS": "off",
        "HOST": "127.0.0.1",
        "DATA_DIR": str(folder / "data"),
        "BUILD_DIR": str(folder / "build"),
        "DATABASE_URL": database_url,
    }
    given = {name: value for name, value in os.environ.items() if name not in ("SECRET_KEY_FILE", "DATABASE_URL_FILE")}
    return given | ours | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
