"""A standalone Spark cluster on loopback, from pip's pyspark: a master and two workers, always stopped."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PATIENCE = 90.0
"""Seconds until both workers are there, on a busy machine."""

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"


@contextmanager
def cluster(folder: Path, *, workers: int = 2, memory: str = "1g") -> Iterator[str]:
    """The address of the master; logs and work are in `folder`. Raises `TimeoutError` when it does not come up."""
    address = f"spark://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    with ExitStack() as running:
        log = running.enter_context(daemon(folder, "master", MASTER, "--port", port, "--webui-port", "0"))
        for number in range(workers):
            size = (
                "--cores",
                "1",
                "--memory",
                memory,
                "--webui-port",
                "0",
                "--work-dir",
                str(folder / f"work{number}"),
            )
            running.enter_context(daemon(folder, f"worker{number}", WORKER, *size, address))
        end = time.monotonic() + PATIENCE
        while len(re.findall("Registering worker", log.read_text(errors="replace"))) < workers:
            if time.monotonic() > end:
                raise TimeoutError(log.read_text(errors="replace")[-2000:])
            time.sleep(0.2)
        yield address


@contextmanager
def daemon(folder: Path, name: str, *command: str) -> Iterator[Path]:
    """One of Spark's processes and those it starts; its log."""
    import pyspark  # noqa: PLC0415 - an extra, and slow

    home, log = Path(pyspark.__file__).parent, folder / f"{name}.log"
    own = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [home / "bin" / "spark-class", *command, "--host", "127.0.0.1"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=os.environ | own, start_new_session=True,
        )  # fmt: skip
    try:
        yield log
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)


def free_port() -> int:
    """One that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
